//! The API in `OpenAPI` 3.1, made from the table of routes and the types of the answers. An endpoint
//! that is not described does not compile.

mod describe;

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::route::{ROWS, Row};
use super::schema;
use crate::cache::Tagged;
use describe::{Content, Description, describe};

/// Where most paths of the table begin, and with it the paths of the document.
const BASE: &str = "/api/v1";

/// The document, made when it is first asked for.
pub(crate) fn document() -> &'static Tagged {
    static DOCUMENT: LazyLock<Tagged> = LazyLock::new(|| Tagged::new(build().to_string()));
    &DOCUMENT
}

fn build() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for row in ROWS {
        if let Some(description) = describe(row.endpoint, &mut schemas) {
            let path = paths.entry(path_of(row)).or_insert_with(|| path_item(row));
            path[row.verb.key()] = operation(row, description);
        }
    }
    // Those that others name by hand.
    schemas.subschema_for::<schema::Error>();
    schemas.subschema_for::<schema::Manifest>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tank Registry API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A registry of skills for AI agents. HEAD equals GET without the body.",
        },
        "servers": [{ "url": BASE }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "BearerAuth": { "type": "http", "scheme": "bearer", "description": "An API key." },
            },
            "responses": {
                "Unauthorized": failure("The key is missing, unknown, expired or revoked."),
                "TooManyRequests": too_many_requests(),
                "Failure": failure("Something went wrong here."),
                "Unavailable": failure("Something is full, or does not answer, for the moment."),
            },
            "schemas": schemas.take_definitions(true),
        },
    })
}

/// The path as the document has it: relative to its server.
fn path_of(row: &Row) -> String {
    let path = row.template.strip_prefix(BASE).unwrap_or(row.template);
    path.replace('…', "")
}

fn path_item(row: &Row) -> Value {
    let names = row.template.split('/').filter_map(|part| {
        part.strip_prefix('{')?
            .strip_suffix('}')
            .map(|name| name.trim_end_matches('…'))
    });
    let parameters: Vec<Value> = names.map(path_parameter).collect();
    let mut item = json!({});
    if !parameters.is_empty() {
        item["parameters"] = parameters.into();
    }
    if !row.template.starts_with(BASE) {
        item["servers"] = json!([{ "url": "/" }]);
    }
    item
}

fn path_parameter(name: &str) -> Value {
    let (description, schema) = match name {
        "name" => (
            "A skill's name; the slash in it as it is, or encoded.",
            json!({ "type": "string" }),
        ),
        "version" => ("An exact version.", json!({ "type": "string" })),
        "path" => (
            "A file's path; slashes in it as they are, or encoded.",
            json!({ "type": "string" }),
        ),
        "slug" => (
            "An organization's slug.",
            json!({ "type": "string", "maxLength": 39 }),
        ),
        _ => ("An id.", json!({ "type": "string" })),
    };
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

fn operation(row: &Row, description: Description) -> Value {
    let Description {
        summary,
        query,
        body,
        answers,
        errors,
    } = description;
    let mut responses = Map::new();
    for (status, description, content) in answers {
        let mut answer = json!({ "description": description });
        if let Some(content) = content_of(content) {
            answer["content"] = content;
        }
        responses.insert(status.to_string(), answer);
    }
    for (status, description) in errors {
        responses.insert(status.to_string(), failure(description));
    }
    let mut standard = vec![("500", "Failure"), ("503", "Unavailable")];
    if row.needs_identity {
        standard.push(("401", "Unauthorized"));
    }
    if !row.exempt {
        standard.push(("429", "TooManyRequests"));
    }
    for (status, name) in standard {
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        responses.entry(status).or_insert(reference);
    }
    let security = match (row.exempt, row.needs_identity) {
        (true, _) => json!([]),
        (false, true) => json!([{ "BearerAuth": [] }]),
        (false, false) => json!([{}, { "BearerAuth": [] }]),
    };
    let mut operation = json!({
        "operationId": row.name,
        "summary": summary,
        "security": security,
        "responses": responses,
    });
    if !query.is_empty() {
        operation["parameters"] = query.into();
    }
    if let Some(content) = body.and_then(content_of) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn content_of(content: Content) -> Option<Value> {
    match content {
        Content::None => None,
        Content::Json(schema) => Some(json!({ "application/json": { "schema": schema } })),
        Content::Either(types) => {
            let types = types.into_iter();
            Some(
                types
                    .map(|(name, schema)| (name.to_owned(), json!({ "schema": schema })))
                    .collect(),
            )
        }
        Content::Raw(types) => Some(
            types
                .iter()
                .map(|name| ((*name).to_owned(), json!({})))
                .collect(),
        ),
    }
}

fn failure(description: &str) -> Value {
    json!({
        "description": description,
        "content": {
            "application/json": { "schema": { "$ref": "#/components/schemas/Error" } },
        },
    })
}

fn too_many_requests() -> Value {
    let number =
        |description: &str| json!({ "description": description, "schema": { "type": "integer" } });
    let mut answer = failure("The caller's limit is spent.");
    answer["headers"] = json!({
        "Retry-After": number("Seconds until a request is accepted again."),
        "X-RateLimit-Limit": number("Requests a period."),
        "X-RateLimit-Remaining": number("Requests that would be accepted now."),
        "X-RateLimit-Reset": number("When all of them are, in Unix seconds."),
    });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_but_administration_is_one_operation() {
        let document = build();
        let paths = document["paths"].as_object().unwrap();
        let rows = ROWS
            .iter()
            .filter(|row| !row.template.starts_with("/api/admin/"));
        for row in rows.clone() {
            let operation = &paths[&path_of(row)][row.verb.key()];
            assert_eq!(operation["operationId"], row.name);
        }
        let items = paths.values().filter_map(Value::as_object);
        let count = items
            .flat_map(Map::keys)
            .filter(|key| !["parameters", "servers"].contains(&key.as_str()));
        assert_eq!(count.count(), rows.count());
    }
}
