//! Listing an area in the order of paths.
//!
//! A folder gives its names in no order, so each page reads them all and keeps the first few
//! behind the last page: memory does not grow with the number of objects. Content is spread over
//! 256 folders, of which a page reads those it needs.

use std::collections::BinaryHeap;
use std::fs;
use std::io;

use tank_registry_core::blob::{BlobArea, BlobKey, BlobPage};

use super::layout::{self, Layout};
use super::read;

/// The objects of a page.
pub(super) const PAGE: usize = 1000;

pub(super) fn page(
    layout: &Layout,
    area: BlobArea,
    after: Option<String>,
    limit: usize,
) -> io::Result<BlobPage> {
    let mut objects = Vec::new();
    let mut behind = after.unwrap_or_default();
    loop {
        // One more than fits, to know whether there is one.
        let wanted = limit + 1 - objects.len();
        let paths = next_paths(layout, area, &behind, wanted)?;
        let exhausted = paths.len() < wanted;
        for path in paths {
            // One may have been deleted since its name was read, or be no file.
            let found = read::stat(&layout.within(&path))?;
            if let (Some(stat), Some(key)) = (found, BlobKey::from_path(&path)) {
                if objects.len() == limit {
                    return Ok(BlobPage {
                        objects,
                        more: true,
                    });
                }
                objects.push((key, stat));
            }
            behind = path;
        }
        if exhausted {
            return Ok(BlobPage {
                objects,
                more: false,
            });
        }
    }
}

/// The first `wanted` paths of keys behind one.
fn next_paths(
    layout: &Layout,
    area: BlobArea,
    behind: &str,
    wanted: usize,
) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    for folder in layout::folders(area) {
        // Everything in a folder begins with its path, so this compares all of it at once.
        let passed = !behind.starts_with(&folder) && folder.as_str() < behind;
        if passed {
            continue;
        }
        paths.extend(first_of_folder(
            layout,
            &folder,
            behind,
            wanted - paths.len(),
        )?);
        if paths.len() == wanted {
            break;
        }
    }
    Ok(paths)
}

fn first_of_folder(
    layout: &Layout,
    folder: &str,
    behind: &str,
    wanted: usize,
) -> io::Result<Vec<String>> {
    // The largest is on top, to be dropped when a smaller one comes.
    let mut first = BinaryHeap::with_capacity(wanted + 1);
    for entry in fs::read_dir(layout.within(folder))? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        let path = format!("{folder}/{name}");
        if path.as_str() <= behind || BlobKey::from_path(&path).is_none() {
            continue;
        }
        if first.len() < wanted {
            first.push(path);
        } else if first.peek().is_some_and(|largest| path < *largest) {
            first.pop();
            first.push(path);
        }
    }
    Ok(first.into_sorted_vec())
}
