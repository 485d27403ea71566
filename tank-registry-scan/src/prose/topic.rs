//! What a skill says it is about.

use serde_json::Value;

use crate::skill::Skill;

/// What a skill says it is about: name and description, or the beginning of its text without them.
#[derive(Debug)]
pub(super) struct Topic(String);

impl Topic {
    pub(super) fn of(skill: &Skill<'_>) -> Self {
        const BEGINNING: usize = 600;
        let field = |name: &str| {
            skill
                .front_matter
                .as_ref()
                .and_then(|front| front.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let mut topic = format!("{} {}", field("name"), field("description"));
        if let Some(manifest) = &skill.context.manifest {
            topic.push(' ');
            topic.push_str(manifest.description().unwrap_or_default());
        }
        if topic.trim().len() < 12
            && let Some(content) = skill.skill_md().and_then(|file| file.content.as_deref())
        {
            topic.push_str(&content[..crate::text::floor(content, BEGINNING)]);
        }
        Self(topic.to_lowercase())
    }

    /// Whether it holds one of these beginnings of words.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.0.contains(word))
    }
}
