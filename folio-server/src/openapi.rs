//! The OpenAPI document: made from the handlers, with the faults that every one of them shares.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, HttpMethod, Info, License, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::auth::COOKIE;
use crate::dto::ProblemBody;
use crate::routes;

/// The document without its addresses.
#[must_use]
pub fn frame() -> OpenApi {
    let mut info = Info::new("folio", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Values portfolios of crypto, stocks and cash, keeps their history, and never invents a number. \
         Decimals are texts in answers; a request may send texts or numbers."
            .to_owned(),
    );
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    OpenApiBuilder::new().info(info).build()
}

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    let mut document = routes::documented().into_openapi();
    let components = document.components.get_or_insert_with(Default::default);
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.security_schemes.insert(
        "bearer".to_owned(),
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)).into(),
    );
    components.security_schemes.insert(
        "session".to_owned(),
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))).into(),
    );
    document.security = Some(
        ["bearer", "session"]
            .map(|name| SecurityRequirement::new::<_, [String; 0], String>(name, []))
            .into(),
    );
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            complete(path, &method, operation);
        }
    }
    document
}

/// The whole document as JSON.
#[must_use]
pub fn json() -> String {
    document().to_pretty_json().unwrap_or_default()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Patch, item.patch.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

/// Adds the faults and headers that an operation has because of what it is.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let api = path.starts_with("/api/");
    let has_body = operation.request_body.is_some();
    let portfolio = path.starts_with("/api/v1/portfolios/{id}");
    let writes = !matches!(method, HttpMethod::Get);
    let decides = path.ends_with("/accept");
    let creates =
        api && *method == HttpMethod::Post && !decides && !path.ends_with("/session") && !path.ends_with("/batch");
    let versioned = portfolio && writes && !path.ends_with("/valuations");
    let in_path = path.contains('{');
    let faults = [
        (
            "400",
            has_body || in_path,
            "The body is not JSON, or the path is not percent-encoded UTF-8.",
        ),
        ("401", api || path == "/metrics", "Nobody is known to be asking."),
        (
            "403",
            true,
            "The Host, the Origin or the token's scopes do not allow it.",
        ),
        (
            "404",
            in_path,
            "There is no such thing, or it belongs to somebody else.",
        ),
        (
            "409",
            creates || versioned,
            "It is there already, or the first request with the Idempotency-Key still runs.",
        ),
        (
            "409",
            decides,
            "It was decided on before, or nobody can take it for right; the detail says why.",
        ),
        ("412", versioned, "It has changed since it was read."),
        ("413", has_body || creates, "The body is larger than 1 MiB."),
        ("415", has_body, "The body is not application/json."),
        ("422", api, "A value is not valid; `errors` says which."),
        (
            "429",
            path != "/health",
            "Too many requests; Retry-After says how long to wait.",
        ),
        ("500", true, "A defect, or data that cannot be read back."),
        (
            "503",
            path != "/ready" && path != "/health",
            "Something that folio needs does not answer; Retry-After says how long to wait.",
        ),
    ];
    for (status, applies, text) in faults {
        if applies {
            let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            let response = ResponseBuilder::new()
                .description(text)
                .content("application/problem+json", content);
            operation
                .responses
                .responses
                .entry(status.to_owned())
                .or_insert_with(|| RefOr::T(response.build()));
        }
    }
    if creates {
        header(
            operation,
            "Idempotency-Key",
            "The same key and body again is answered again and done once.",
        );
    }
    if versioned {
        header(
            operation,
            "If-Match",
            "Only if what is changed has this version, its ETag.",
        );
    }
}

fn header(operation: &mut Operation, name: &str, text: &str) {
    let schema = ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(schema))
        .build();
    operation.parameters.get_or_insert_with(Vec::new).push(parameter.into());
}
