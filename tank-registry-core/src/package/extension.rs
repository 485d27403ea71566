//! Headers that describe the entry after them: PAX records and the long names of GNU tar.

use tar::EntryType;

use super::{header::Header, pax::Records};

/// What extension headers said about the entry that is to follow, each kind at most once.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pax: Option<Records>,
    long_path: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl Extensions {
    pub(super) fn pax(&mut self, records: Records) -> Result<(), &'static str> {
        only_one(&mut self.pax, records)
    }

    pub(super) fn long_path(&mut self, path: Vec<u8>) -> Result<(), &'static str> {
        only_one(&mut self.long_path, path)
    }

    pub(super) fn long_link(&mut self, link: Vec<u8>) -> Result<(), &'static str> {
        only_one(&mut self.long_link, link)
    }

    /// Whether no entry has to follow.
    pub(super) fn is_empty(&self) -> bool {
        self.pax.is_none() && self.long_path.is_none() && self.long_link.is_none()
    }

    /// The header of the entry as all readers should understand it; the error says why they would not.
    pub(super) fn apply(self, mut header: Header) -> Result<Header, &'static str> {
        let pax = self.pax.unwrap_or_default();
        if pax.size.is_some_and(|size| size != header.size) {
            return Err("the PAX header gives another size than the header of the entry");
        }
        if pax.sparse {
            header.kind = EntryType::GNUSparse;
        }
        if let Some(path) = one_of(pax.path, self.long_path)? {
            header.path = path;
        }
        if let Some(link) = one_of(pax.link, self.long_link)? {
            header.link = link;
        }
        let is_link = matches!(header.kind, EntryType::Symlink | EntryType::Link);
        if !is_link && !header.link.is_empty() {
            return Err("an entry that is no link has a link target");
        }
        // The oldest writers mark a folder by a slash alone.
        if header.kind == EntryType::Regular && header.path.ends_with(b"/") {
            header.kind = EntryType::Directory;
        }
        Ok(header)
    }
}

fn only_one<T>(slot: &mut Option<T>, value: T) -> Result<(), &'static str> {
    if slot.replace(value).is_some() {
        return Err("two extension headers of one kind describe one entry");
    }
    Ok(())
}

fn one_of<T>(pax: Option<T>, gnu: Option<T>) -> Result<Option<T>, &'static str> {
    if pax.is_some() && gnu.is_some() {
        return Err("a PAX and a GNU extension header both name one entry");
    }
    Ok(pax.or(gnu))
}
