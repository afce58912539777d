//! Operations whose handlers are generic, so that no attribute can describe them.

use axum::routing::MethodRouter;
use khata_core::record::{Input, Record};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Content, Header, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::app::App;
use crate::wire::{Components, Read, Shown, reference, schema};

/// The description of an operation in the making.
pub(crate) struct Operation {
    method: HttpMethod,
    path: String,
    operation: OperationBuilder,
    components: Components,
}

impl Operation {
    pub(crate) fn get(path: String) -> Self {
        Self::new(HttpMethod::Get, path)
    }

    pub(crate) fn post(path: String) -> Self {
        Self::new(HttpMethod::Post, path)
    }

    fn new(method: HttpMethod, path: String) -> Self {
        Self { method, path, operation: OperationBuilder::new(), components: Components::new() }
    }

    /// Its tag, id and summary.
    pub(crate) fn named(self, tag: &str, id: String, summary: String) -> Self {
        self.with(|operation| operation.tag(tag).operation_id(Some(id)).summary(Some(summary)))
    }

    pub(crate) fn about(self, description: &str) -> Self {
        self.with(|operation| operation.description(Some(description)))
    }

    /// An id in the path.
    pub(crate) fn id(mut self, name: &str, about: Option<&str>) -> Self {
        let id = reference::<schema::Id>(&mut self.components);
        self.parameter(name, ParameterIn::Path, about, id)
    }

    /// An optional parameter of the query.
    pub(crate) fn query<T: ToSchema>(mut self, name: &str, about: &str) -> Self {
        let schema = reference::<T>(&mut self.components);
        self.parameter(name, ParameterIn::Query, Some(about), schema)
    }

    /// A parameter of the query that is yes or no.
    pub(crate) fn flag(self, name: &str, about: &str) -> Self {
        self.parameter(name, ParameterIn::Query, Some(about), utoipa::schema!(bool))
    }

    pub(crate) fn params<P: IntoParams>(self) -> Self {
        let parameters: Vec<Parameter> = P::into_params(|| None);
        self.with(|operation| operation.parameters(Some(parameters)))
    }

    pub(crate) fn body<I: Input>(mut self) -> Self {
        let content = Content::new(Some(reference::<Read<I>>(&mut self.components)));
        let body = RequestBodyBuilder::new().content("application/json", content);
        self.with(|operation| operation.request_body(Some(body.required(Some(Required::True)).build())))
    }

    /// Answers with a record, and with these headers.
    pub(crate) fn answers<R: Record>(mut self, status: &str, headers: &[&str]) -> Self {
        let schema = reference::<Shown<R>>(&mut self.components);
        self.response(status, schema, headers)
    }

    /// Answers with a page of records.
    pub(crate) fn lists<R: Record>(mut self) -> Self {
        let row = reference::<Shown<R>>(&mut self.components);
        self.response("200", ArrayBuilder::new().items(row), &["Link"])
    }

    /// Refuses with these codes.
    pub(crate) fn refuses(self, codes: &str) -> Self {
        let response = ResponseBuilder::new().description(codes);
        self.with(|operation| operation.response("409", response))
    }

    /// The route to its handler.
    pub(crate) fn by(self, handler: MethodRouter<App>) -> UtoipaMethodRouter<App> {
        let mut paths = Paths::new();
        paths.add_path_operation(self.path, vec![self.method], self.operation);
        (self.components, paths, handler)
    }

    fn response(self, status: &str, schema: impl Into<RefOr<Schema>>, headers: &[&str]) -> Self {
        let content = Content::new(Some(schema));
        let response = ResponseBuilder::new().content("application/json", content);
        let response = headers
            .iter()
            .fold(response, |response, name| response.header(*name, Header::new(utoipa::schema!(String))));
        self.with(|operation| operation.response(status, response))
    }

    fn parameter(
        self,
        name: &str,
        place: ParameterIn,
        about: Option<&str>,
        schema: impl Into<RefOr<Schema>>,
    ) -> Self {
        let required = if place == ParameterIn::Path { Required::True } else { Required::False };
        let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required);
        self.with(|operation| operation.parameter(parameter.description(about).schema(Some(schema))))
    }

    fn with(mut self, change: impl FnOnce(OperationBuilder) -> OperationBuilder) -> Self {
        self.operation = change(self.operation);
        self
    }
}
