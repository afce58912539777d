//! `/api/shopowners`: registering, logging in and out, the profile.

use axum::extract::State;
use khata_core::Shop;
use khata_core::auth::Client;
use khata_core::error::Error;
use khata_core::form::{self, Form};
use khata_core::id::OwnerId;
use khata_core::money::Currency;
use khata_core::numbering::{NewNumbering, NumberSeries};
use khata_core::owner::{NewOwner, Owner, OwnerUpdate};
use khata_core::phone::MobileNumber;
use khata_core::record::Input as _;
use secrecy::{ExposeSecret, SecretString};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::Answer;
use crate::app::App;
use crate::auth::{self, Caller};
use crate::body::JsonBody;
use crate::conditional::{ETag, IfMatch, IfNoneMatch};
use crate::device::{self, Device};
use crate::path::PathId;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::query::{Query, both};
use crate::wire::parameter::{IfMatchHeader, IfNoneMatchHeader};
use crate::wire::session::{Confirmation, Credentials as AskedCredentials, LoggedIn, Registered};
use crate::wire::{Message, Read, Shown, Wire, WireList, schema};

/// For those who have no token yet.
pub(super) fn open() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(register)).routes(routes!(login))
}

/// For those who have one.
pub(super) fn sessions() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(logout)).routes(routes!(logout_all))
}

/// For those who are authenticated in whatever way.
pub(super) fn profile() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(update))
        .routes(routes!(get_details))
        .routes(routes!(me))
        .routes(routes!(numbers, set_numbering))
}

// For the attributes, which take a type with parameters for several.
type ShownOwner = Shown<Owner>;
type ReadRegistration = Read<NewOwner>;
type ReadUpdate = Read<OwnerUpdate>;
type ShownNumbers = Shown<NumberSeries>;
type ReadNumbering = Read<NewNumbering>;

/// Register a shop owner
#[utoipa::path(
    post, path = "/api/shopowners/register", tag = "shopowners", security(()),
    request_body = ReadRegistration,
    responses(
        (status = 201, body = Registered<'_>, headers(("Location" = String))),
        (status = 409, description = "`mobile_taken`"),
        (status = 429, description = "`too_many_tries` from one address"),
    )
)]
async fn register(
    State(app): State<App>,
    Peer(peer): Peer,
    query: Query,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let form = body.form()?;
    let ((), new) = both(query.none(), NewOwner::from_form(form, Currency::default()))?;
    let owner = app.khata.register_from(&Client { peer, device: None }, new).await?;
    let path = format!("/api/shopowners/getdetails/{}", owner.id);
    Ok(Answer::created(&path, &Registered { shop_owner: Wire(&owner, owner.currency) }))
}

/// Log in
///
/// The response includes a token, which is also set as a cookie for browsers: `__Host-khata` if it is restricted to https,
/// otherwise `token`. It also includes a value to send as `device` with the next login, which browsers do by the cookie
/// `device`: failed logins are then counted apart for this device, so that the guesses of others don't keep the owner out.
#[utoipa::path(
    post, path = "/api/shopowners/login", tag = "shopowners", security(()),
    request_body = AskedCredentials,
    responses(
        (status = 200, body = LoggedIn<'_>, headers(("Set-Cookie" = String))),
        (status = 401, description = "`wrong_credentials`, whether the mobile number or the password is wrong"),
        (status = 429, description = "`too_many_tries`"),
    )
)]
async fn login(
    State(app): State<App>,
    Peer(peer): Peer,
    Device(known): Device,
    query: Query,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let form = body.form()?;
    let ((), Credentials { mobile, password, device }) = both(query.none(), credentials(form))?;
    // What is no mobile number is nobody's.
    let mobile = mobile.ok_or(Error::WrongCredentials)?;
    let client = Client { peer, device: device.or(known) };
    let login = app.khata.login(&mobile, &password, &client).await?;
    let (token, device) = (login.token.expose_secret(), login.device.expose_secret());
    let life = login.expires_at.since(app.khata.clock().now());
    let cookie = auth::session_cookie(token, life, &app.config);
    let body = LoggedIn {
        shop_owner: Wire(&login.owner, login.owner.currency),
        token,
        expires_at: login.expires_at,
        device,
    };
    Ok(Answer::ok(&body).cookie(&cookie).cookie(&device::cookie(device, &app.config)))
}

struct Credentials {
    mobile: Option<MobileNumber>,
    password: SecretString,
    device: Option<SecretString>,
}

fn credentials(mut form: Form) -> Result<Credentials, Error> {
    let secret = || form::text(|text| Ok(SecretString::from(text)));
    let mobile = form.required("mobileNumber", form::text(|text| Ok(MobileNumber::parse(text).ok())));
    let password = form.required("password", secret());
    let device = form.optional("device", secret());
    let all = mobile.zip(password).zip(device);
    form.finish(all.map(|((mobile, password), device)| Credentials { mobile, password, device }))
}

/// Log out
///
/// Revokes the token of the request, and clears the cookie and what a browser has stored of the server.
#[utoipa::path(
    post, path = "/api/shopowners/logout", tag = "shopowners",
    responses((status = 200, body = Message, headers(("Set-Cookie" = String))))
)]
async fn logout(State(app): State<App>, Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    query.none()?;
    shop.logout().await?;
    Ok(logged_out("Logged out.", &app))
}

/// End all sessions
///
/// Revokes every token of the shop owner, and forgets their devices. It needs a login within the last 5 minutes or the current
/// password.
#[utoipa::path(
    post, path = "/api/shopowners/logout-all", tag = "shopowners",
    request_body(content = Option<Confirmation>),
    responses(
        (status = 200, body = Message, headers(("Set-Cookie" = String))),
        (status = 403, description = "`csrf`, or `reauthentication_required`"),
        (status = 429, description = "`too_many_tries` with a wrong `currentPassword`"),
    )
)]
async fn logout_all(
    State(app): State<App>,
    Caller(shop): Caller,
    query: Query,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let form = body.form_or_empty()?;
    let ((), current) = both(query.none(), current_password(form))?;
    let shop = match current {
        Some(current) => shop.reauthenticate(&current).await?,
        None => shop,
    };
    shop.logout_all().await?;
    Ok(logged_out("Logged out everywhere.", &app))
}

fn logged_out(message: &'static str, app: &App) -> Answer {
    Answer::ok(&Message { message }).cookie(&auth::removal_cookie(&app.config)).clear_site_data()
}

fn current_password(mut form: Form) -> Result<Option<SecretString>, Error> {
    let current = form.optional("currentPassword", form::text(|text| Ok(SecretString::from(text))));
    form.finish(current)
}

/// Update the profile
///
/// A new password needs the current one as `currentPassword`, ends every other session and forgets the owner's devices. A new
/// mobile number needs it too, or a login within the last 5 minutes.
#[utoipa::path(
    put, path = "/api/shopowners/update/{id}", tag = "shopowners",
    operation_id = "update_shopowner",
    params(("id" = schema::Id, Path, description = "Id of the authenticated shop owner"), IfMatchHeader),
    request_body = ReadUpdate,
    responses(
        (status = 200, body = ShownOwner, headers(("ETag" = String))),
        (status = 403, description = "`csrf`, or `reauthentication_required`"),
        (status = 409, description = "`mobile_taken`"),
        (status = 429, description = "`too_many_tries` with a wrong `currentPassword` or with new mobile numbers"),
    )
)]
async fn update(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_match: IfMatch,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let owner = own_profile(&shop, &id).await?;
    let expected = if_match.expectation(&ETag::of_owner(&owner), owner.revision)?;
    let form = body.form()?;
    let ((), update) = both(query.none(), OwnerUpdate::from_form(form, shop.currency()))?;
    let owner = shop.update_profile(update, expected).await?;
    Ok(Answer::ok(&Wire(&owner, owner.currency)).version(&ETag::of_owner(&owner)))
}

/// Get the profile
#[utoipa::path(
    get, path = "/api/shopowners/getdetails/{id}", tag = "shopowners",
    operation_id = "get_shopowner",
    params(("id" = schema::Id, Path, description = "Id of the authenticated shop owner"), IfNoneMatchHeader),
    responses((status = 200, body = ShownOwner))
)]
async fn get_details(
    Caller(shop): Caller,
    id: PathId,
    query: Query,
    if_none_match: IfNoneMatch,
) -> Result<Answer, Problem> {
    let owner = own_profile(&shop, &id).await?;
    query.none()?;
    Ok(answer(&owner, &if_none_match))
}

/// Get the authenticated shop owner's profile
#[utoipa::path(
    get, path = "/api/shopowners/me", tag = "shopowners",
    operation_id = "get_me",
    params(IfNoneMatchHeader),
    responses((status = 200, body = ShownOwner))
)]
async fn me(Caller(shop): Caller, query: Query, if_none_match: IfNoneMatch) -> Result<Answer, Problem> {
    query.none()?;
    Ok(answer(&shop.profile().await?, &if_none_match))
}

/// List the next automatic numbers
///
/// Of each kind of document in the present financial year, and of other years in which there are numbers.
#[utoipa::path(
    get, path = "/api/shopowners/numbers", tag = "shopowners",
    operation_id = "list_numbers",
    responses((status = 200, body = [ShownNumbers]))
)]
async fn numbers(Caller(shop): Caller, query: Query) -> Result<Answer, Problem> {
    query.none()?;
    Ok(Answer::ok(&WireList(&shop.numbers().await?, shop.currency())))
}

/// Set where automatic numbers go on
///
/// Either by the next number or by the last one so far. Documents keep their numbers. If a document has the next number
/// already or a later one of the same form, nothing is changed: 422 `number_used`.
#[utoipa::path(
    put, path = "/api/shopowners/numbers", tag = "shopowners",
    operation_id = "set_numbering",
    request_body = ReadNumbering,
    responses((status = 200, body = ShownNumbers))
)]
async fn set_numbering(Caller(shop): Caller, query: Query, body: JsonBody) -> Result<Answer, Problem> {
    let form = body.form()?;
    let ((), new) = both(query.none(), NewNumbering::from_form(form, shop.currency()))?;
    Ok(Answer::ok(&Wire(&shop.set_numbering(new).await?, shop.currency())))
}

fn answer(owner: &Owner, if_none_match: &IfNoneMatch) -> Answer {
    Answer::ok(&Wire(owner, owner.currency)).unless(if_none_match, &ETag::of_owner(owner))
}

/// The caller's profile, if that is what the path asks for: nobody else's exists.
async fn own_profile(shop: &Shop, id: &PathId) -> Result<Owner, Error> {
    if id.read::<OwnerId>()? == shop.id() { shop.profile().await } else { Err(Error::NotFound) }
}
