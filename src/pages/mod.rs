//! The pages: one file is one page, GET and POST together. This file is the route table.
//!
//! Rule: signed in is the default. `public` marks the exceptions, and a test pins the whole table. A page is thin: guard,
//! form, permit, one domain function in one transaction, answer.

pub mod admin;
mod auth_verify;
pub(crate) mod blocking;
mod cancel_closing;
mod confirm;
mod confirm_mfa_reset;
mod device_login;
mod door;
pub mod errors;
pub mod farewell;
mod fates;
mod forgot_password;
pub mod frame;
mod goes;
pub mod guards;
mod invitation;
mod joining;
mod keys;
pub mod lapsed;
pub mod links;
mod mailed_link;
mod photo_form;
pub mod photos;
pub mod places;
pub mod projects;
mod reset;
mod resume;
mod secrets;
pub mod settings;
mod setup;
mod sign_in;
mod sign_in_code;
mod sign_out;
mod sign_up;
mod sign_up_code;
pub mod theme;
mod typed_addresses;
mod well_known;
pub mod workspace;

use actix_web::guard::{Any, Get, Head};
use actix_web::web::{self, ServiceConfig};

/// Who a route is for: `public` (anybody), `signed_in`, `administrator`.
/// The word is checked: a test visits every route without a session.
macro_rules! route_table {
    ($($access:ident $method:ident $path:literal => $handler:path;)+) => {
        /// Access, method and path of every page, for the tests that hold them.
        pub const TABLE: &[(&str, &str, &str)] =
            &[$((stringify!($access), stringify!($method), $path)),+];

        pub fn configure(config: &mut ServiceConfig) {
            $(config.route($path, route_table!(@route $method).to($handler));)+
        }
    };
    (@route get) => { web::route().guard(Any(Get()).or(Head())) };
    (@route post) => { web::post() };
}

route_table! {
    public get "/" => home;
    public get "/sign-in" => sign_in::show;
    public post "/sign-in" => sign_in::submit;
    public get "/sign-in/code" => sign_in_code::show;
    public post "/sign-in/code" => sign_in_code::submit;
    public get "/sign-up" => sign_up::show;
    public post "/sign-up" => sign_up::submit;
    public get "/sign-up/code" => sign_up_code::show;
    public post "/sign-up/code" => sign_up_code::submit;
    public post "/sign-up/code/resend" => sign_up_code::resend;
    public post "/sign-out" => sign_out::submit;
    public get "/forgot-password" => forgot_password::show;
    public post "/forgot-password" => forgot_password::submit;
    public get "/reset/{token}" => reset::follow;
    public get "/reset" => reset::show;
    public post "/reset" => reset::submit;
    public get "/invitation/{token}" => invitation::follow;
    public get "/invitation" => joining::show;
    public post "/invitation" => joining::answer;
    public get "/setup/{token}" => setup::follow;
    public get "/setup" => setup::show;
    public post "/setup" => setup::submit;
    public get "/auth/verify" => auth_verify::answer;
    public get "/robots.txt" => well_known::robots;
    public get "/.well-known/change-password" => well_known::change_password;
    public get "/.well-known/security.txt" => well_known::security;
    signed_in get "/confirm" => confirm::show;
    signed_in post "/confirm" => confirm::submit;
    signed_in get "/login/device" => device_login::show;
    signed_in post "/login/device" => device_login::look;
    signed_in get "/login/device/answer" => device_login::ask;
    signed_in post "/login/device/answer" => device_login::answer;
    public get "/settings" => well_known::settings;
    public get "/studio/user-settings/account-info" => well_known::account_info;
    signed_in get "/photos/{owner}/{name}" => photos::show;
    signed_in get "/trash" => projects::trash::of_ones_own;
    signed_in post "/theme" => theme::choose;
    signed_in get "/settings/account" => settings::account::show;
    signed_in post "/settings/account" => settings::account::save;
    signed_in get "/settings/password" => settings::password::show;
    signed_in post "/settings/password" => settings::password::save;
    signed_in get "/settings/mfa" => settings::mfa::show;
    signed_in get "/settings/mfa/set-up" => settings::mfa::set_up::show;
    signed_in post "/settings/mfa/set-up" => settings::mfa::set_up::turn_on;
    signed_in get "/settings/mfa/codes" => settings::mfa::codes::show;
    signed_in post "/settings/mfa/codes" => settings::mfa::codes::check;
    signed_in get "/settings/mfa/new-codes" => settings::mfa::codes::ask;
    signed_in post "/settings/mfa/new-codes" => settings::mfa::codes::make;
    signed_in get "/settings/mfa/turn-off" => settings::mfa::turn_off::ask;
    signed_in post "/settings/mfa/turn-off" => settings::mfa::turn_off::act;
    signed_in post "/settings/mfa/trusted" => settings::mfa::trusted::distrust;
    signed_in get "/settings/sessions" => settings::sessions::show;
    signed_in post "/settings/sessions/end" => settings::sessions::end;
    signed_in post "/settings/sessions/end-others" => settings::sessions::end_others;
    signed_in get "/settings/billing" => settings::billing::show;
    signed_in get "/settings/billing/usage.csv" => settings::billing::csv;
    signed_in get "/settings/billing/plan" => settings::plan::show;
    signed_in get "/settings/organizations" => settings::organizations::show;
    signed_in post "/settings/organizations" => settings::organizations::submit;
    signed_in get "/settings/organizations/new" => settings::new_organization::show;
    signed_in post "/settings/organizations/new" => settings::new_organization::create;
    signed_in get "/settings/organizations/{workspace}/leave" => settings::leave::show;
    signed_in post "/settings/organizations/{workspace}/leave" => settings::leave::submit;
    signed_in get "/settings/secrets" => secrets::list::show;
    signed_in get "/settings/secrets.csv" => secrets::csv::show;
    signed_in post "/settings/secrets/restore" => secrets::list::restore;
    signed_in get "/settings/secrets/new" => secrets::new::ask;
    signed_in post "/settings/secrets/new" => secrets::new::add;
    signed_in get "/settings/secrets/paste" => secrets::paste::ask;
    signed_in post "/settings/secrets/paste" => secrets::paste::take;
    signed_in get "/settings/secrets/review" => secrets::review::show;
    signed_in post "/settings/secrets/review" => secrets::review::keep;
    signed_in get "/settings/secrets/{secret}" => secrets::manage::show;
    signed_in post "/settings/secrets/{secret}" => secrets::manage::save;
    signed_in get "/settings/secrets/{secret}/replace" => secrets::replace::ask;
    signed_in post "/settings/secrets/{secret}/replace" => secrets::replace::act;
    signed_in post "/settings/secrets/{secret}/roll-back" => secrets::manage::roll_back;
    signed_in get "/settings/secrets/{secret}/delete" => secrets::delete::ask;
    signed_in post "/settings/secrets/{secret}/delete" => secrets::delete::act;
    signed_in get "/settings/secrets/{secret}/leak" => secrets::leak::ask;
    signed_in post "/settings/secrets/{secret}/leak" => secrets::leak::act;
    signed_in get "/settings/secrets/leaks/{drill}" => secrets::drill::show;
    signed_in post "/settings/secrets/leaks/{drill}/step" => secrets::drill::step;
    signed_in post "/settings/secrets/leaks/{drill}/jobs" => secrets::drill::jobs;
    signed_in post "/settings/secrets/leaks/{drill}/close" => secrets::drill::close;
    signed_in get "/settings/api-keys" => keys::list::show;
    signed_in get "/settings/api-keys.csv" => keys::csv::api;
    signed_in get "/settings/api-keys/new" => keys::new::ask;
    signed_in post "/settings/api-keys/new" => keys::new::make;
    signed_in get "/settings/api-keys/created" => keys::created::show;
    signed_in get "/settings/api-keys/{key}" => keys::manage::show;
    signed_in post "/settings/api-keys/{key}" => keys::manage::rename;
    signed_in post "/settings/api-keys/{key}/restore" => keys::manage::restore;
    signed_in get "/settings/api-keys/{key}/rotate" => keys::rotate::ask;
    signed_in post "/settings/api-keys/{key}/rotate" => keys::rotate::act;
    signed_in get "/settings/api-keys/{key}/revoke" => keys::revoke::ask;
    signed_in post "/settings/api-keys/{key}/revoke" => keys::revoke::act;
    signed_in get "/settings/account/delete" => settings::delete::show;
    signed_in post "/settings/account/delete" => settings::delete::submit;
    public get "/farewell" => farewell::show;
    public get "/cancel-closing" => cancel_closing::show;
    public post "/cancel-closing" => cancel_closing::submit;
    public get "/cancel-closing/{token}" => cancel_closing::open;
    public get "/confirm-mfa-reset" => confirm_mfa_reset::show;
    public post "/confirm-mfa-reset" => confirm_mfa_reset::submit;
    public get "/confirm-mfa-reset/{token}" => confirm_mfa_reset::open;
    administrator get "/admin" => admin::home;
    administrator get "/admin/accounts" => admin::accounts::show;
    administrator get "/admin/accounts.csv" => admin::accounts::csv::show;
    administrator post "/admin/accounts/selected" => admin::delete_many::select;
    administrator get "/admin/accounts/delete" => admin::delete_many::show;
    administrator post "/admin/accounts/delete" => admin::delete_many::submit;
    administrator get "/admin/accounts/invitations.csv" => admin::files::invitations;
    administrator get "/admin/accounts/invitations" => admin::invitations::show;
    administrator post "/admin/accounts/invitations" => admin::invitations::submit;
    administrator post "/admin/accounts/invitations/withdraw" => admin::invitations::withdraw;
    administrator get "/admin/accounts/deletions/{region}/{job}" => admin::deletion::show;
    administrator get "/admin/accounts/{region}/{id}" => admin::account::show;
    administrator post "/admin/accounts/{region}/{id}" => admin::account_deeds::submit;
    administrator get "/admin/accounts/{region}/{id}/delete" => admin::delete::show;
    administrator post "/admin/accounts/{region}/{id}/delete" => admin::delete::submit;
    administrator get "/admin/organizations.csv" => admin::files::organizations;
    administrator get "/admin/organizations" => admin::organizations::show;
    administrator get "/admin/organizations/{region}/{id}" => admin::organization::show;
    administrator post "/admin/organizations/{region}/{id}" => admin::organization::submit;
    administrator get "/admin/organizations/{region}/{id}/delete" => admin::organization_delete::show;
    administrator post "/admin/organizations/{region}/{id}/delete" => admin::organization_delete::submit;
    administrator get "/admin/doctor" => admin::doctor::show;
    administrator post "/admin/doctor" => admin::doctor::submit;
    administrator get "/admin/jobs.csv" => admin::files::jobs;
    administrator get "/admin/jobs" => admin::jobs::show;
    administrator post "/admin/jobs/{region}/{id}" => admin::jobs::submit;
    // Below here the first word is anybody's: these come last, so that the words above keep their meaning.
    signed_in get "/{workspace}" => workspace::home::show;
    signed_in get "/{workspace}/projects/all.csv" => workspace::home::csv;
    signed_in get "/{workspace}/settings" => workspace::settings;
    signed_in get "/{workspace}/settings/profile" => workspace::profile::show;
    signed_in post "/{workspace}/settings/profile" => workspace::profile::save;
    signed_in get "/{workspace}/settings/members" => workspace::members::show;
    signed_in get "/{workspace}/settings/members.csv" => workspace::members::csv;
    signed_in post "/{workspace}/settings/members/invite" => workspace::invite::submit;
    signed_in post "/{workspace}/settings/members/invitations" => workspace::members::invitations;
    signed_in get "/{workspace}/settings/members/{account}" => workspace::member::show;
    signed_in post "/{workspace}/settings/members/{account}" => workspace::member::submit;
    signed_in get "/{workspace}/settings/policies" => workspace::policies::show;
    signed_in post "/{workspace}/settings/policies" => workspace::policies::save;
    signed_in get "/{workspace}/settings/delete" => workspace::delete::show;
    signed_in post "/{workspace}/settings/delete" => workspace::delete::submit;
    signed_in get "/{workspace}/settings/billing" => workspace::billing::show;
    signed_in get "/{workspace}/settings/billing/usage.csv" => workspace::billing::csv;
    signed_in get "/{workspace}/settings/billing/plan" => workspace::billing::plan;
    signed_in get "/{workspace}/new-project" => projects::new::ask;
    signed_in post "/{workspace}/new-project" => projects::new::create;
    signed_in get "/{workspace}/trash" => projects::trash::show;
    signed_in post "/{workspace}/trash" => projects::trash::restore;
    signed_in get "/{workspace}/trash/projects.csv" => projects::trash::csv;
    signed_in get "/{workspace}/settings/secrets" => secrets::list::show;
    signed_in get "/{workspace}/settings/secrets.csv" => secrets::csv::show;
    signed_in post "/{workspace}/settings/secrets/restore" => secrets::list::restore;
    signed_in get "/{workspace}/settings/secrets/new" => secrets::new::ask;
    signed_in post "/{workspace}/settings/secrets/new" => secrets::new::add;
    signed_in get "/{workspace}/settings/secrets/paste" => secrets::paste::ask;
    signed_in post "/{workspace}/settings/secrets/paste" => secrets::paste::take;
    signed_in get "/{workspace}/settings/secrets/review" => secrets::review::show;
    signed_in post "/{workspace}/settings/secrets/review" => secrets::review::keep;
    signed_in get "/{workspace}/settings/secrets/{secret}" => secrets::manage::show;
    signed_in post "/{workspace}/settings/secrets/{secret}" => secrets::manage::save;
    signed_in get "/{workspace}/settings/secrets/{secret}/replace" => secrets::replace::ask;
    signed_in post "/{workspace}/settings/secrets/{secret}/replace" => secrets::replace::act;
    signed_in post "/{workspace}/settings/secrets/{secret}/roll-back" => secrets::manage::roll_back;
    signed_in get "/{workspace}/settings/secrets/{secret}/delete" => secrets::delete::ask;
    signed_in post "/{workspace}/settings/secrets/{secret}/delete" => secrets::delete::act;
    signed_in get "/{workspace}/settings/secrets/{secret}/leak" => secrets::leak::ask;
    signed_in post "/{workspace}/settings/secrets/{secret}/leak" => secrets::leak::act;
    signed_in get "/{workspace}/settings/secrets/leaks/{drill}" => secrets::drill::show;
    signed_in post "/{workspace}/settings/secrets/leaks/{drill}/step" => secrets::drill::step;
    signed_in post "/{workspace}/settings/secrets/leaks/{drill}/jobs" => secrets::drill::jobs;
    signed_in post "/{workspace}/settings/secrets/leaks/{drill}/close" => secrets::drill::close;
    signed_in get "/{workspace}/settings/api-keys" => keys::list::show;
    signed_in get "/{workspace}/settings/api-keys.csv" => keys::csv::api;
    signed_in get "/{workspace}/settings/api-keys/new" => keys::new::ask;
    signed_in post "/{workspace}/settings/api-keys/new" => keys::new::make;
    signed_in get "/{workspace}/settings/api-keys/created" => keys::created::show;
    signed_in get "/{workspace}/settings/api-keys/{key}" => keys::manage::show;
    signed_in post "/{workspace}/settings/api-keys/{key}" => keys::manage::rename;
    signed_in post "/{workspace}/settings/api-keys/{key}/restore" => keys::manage::restore;
    signed_in get "/{workspace}/settings/api-keys/{key}/rotate" => keys::rotate::ask;
    signed_in post "/{workspace}/settings/api-keys/{key}/rotate" => keys::rotate::act;
    signed_in get "/{workspace}/settings/api-keys/{key}/revoke" => keys::revoke::ask;
    signed_in post "/{workspace}/settings/api-keys/{key}/revoke" => keys::revoke::act;
    signed_in get "/{workspace}/{project}" => projects::overview::show;
    signed_in get "/{workspace}/{project}/data" => projects::samples::show;
    signed_in get "/{workspace}/{project}/data.csv" => projects::samples::csv;
    signed_in get "/{workspace}/{project}/data/check" => projects::samples::check::ask;
    signed_in post "/{workspace}/{project}/data/check" => projects::samples::check::look;
    signed_in get "/{workspace}/{project}/data/{sample}" => projects::samples::sample::show;
    signed_in post "/{workspace}/{project}/data/{sample}" => projects::samples::sample::switch;
    signed_in get "/{workspace}/{project}/data/{sample}/file" => projects::samples::download::show;
    signed_in get "/{workspace}/{project}/data/{sample}/labels" => projects::samples::labels::show;
    signed_in get "/{workspace}/{project}/data/{sample}/delete" => projects::samples::delete::ask;
    signed_in post "/{workspace}/{project}/data/{sample}/delete" => projects::samples::delete::act;
    signed_in get "/{workspace}/{project}/artifacts" => projects::artifacts::show;
    signed_in get "/{workspace}/{project}/artifacts.csv" => projects::artifacts::csv;
    signed_in get "/{workspace}/{project}/settings" => projects::settings::show;
    signed_in post "/{workspace}/{project}/settings" => projects::settings::save;
    signed_in get "/{workspace}/{project}/settings/delete" => projects::delete::ask;
    signed_in post "/{workspace}/{project}/settings/delete" => projects::delete::act;
    signed_in get "/{workspace}/{project}/keys" => keys::list::show;
    signed_in get "/{workspace}/{project}/keys.csv" => keys::csv::api;
    signed_in post "/{workspace}/{project}/keys/signing" => keys::signing::save;
    signed_in get "/{workspace}/{project}/hmac-keys.csv" => keys::csv::hmac;
    signed_in get "/{workspace}/{project}/keys/new" => keys::new::ask;
    signed_in post "/{workspace}/{project}/keys/new" => keys::new::make;
    signed_in get "/{workspace}/{project}/keys/created" => keys::created::show;
    signed_in get "/{workspace}/{project}/keys/{key}" => keys::manage::show;
    signed_in post "/{workspace}/{project}/keys/{key}" => keys::manage::rename;
    signed_in post "/{workspace}/{project}/keys/{key}/ordinary" => keys::manage::unset_development;
    signed_in post "/{workspace}/{project}/keys/{key}/restore" => keys::manage::restore;
    signed_in get "/{workspace}/{project}/keys/{key}/rotate" => keys::rotate::ask;
    signed_in post "/{workspace}/{project}/keys/{key}/rotate" => keys::rotate::act;
    signed_in get "/{workspace}/{project}/keys/{key}/revoke" => keys::revoke::ask;
    signed_in post "/{workspace}/{project}/keys/{key}/revoke" => keys::revoke::act;
    signed_in get "/{workspace}/{project}/hmac-keys/new" => keys::hmac::ask;
    signed_in post "/{workspace}/{project}/hmac-keys/new" => keys::hmac::make;
    signed_in get "/{workspace}/{project}/hmac-keys/{key}" => keys::hmac::show;
    signed_in post "/{workspace}/{project}/hmac-keys/{key}/show" => keys::hmac::reveal;
    signed_in get "/{workspace}/{project}/hmac-keys/{key}/value" => keys::hmac::value;
    signed_in post "/{workspace}/{project}/hmac-keys/{key}/flag" => keys::hmac::flag;
    signed_in get "/{workspace}/{project}/hmac-keys/{key}/revoke" => keys::hmac::ask_revoke;
    signed_in post "/{workspace}/{project}/hmac-keys/{key}/revoke" => keys::hmac::revoke;
}

/// `GET /`: where a person belongs.
async fn home(here: guards::Visitor) -> Result<actix_web::HttpResponse, crate::http::error::PageError> {
    let to = match here.signed_in().await? {
        Some(_) => links::ACCOUNT,
        None => links::SIGN_IN,
    };
    Ok(guards::Visitor::redirect(to))
}
