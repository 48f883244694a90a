//! `/{workspace}/{project}/data`: what devices and tools sent in, and whether to believe it.

pub mod check;
pub mod delete;
pub mod download;
pub mod labels;
pub mod sample;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde::Deserialize;

use crate::http::error::PageError;
use crate::http::form::Query;
use crate::http::page::{Choice, PageFrame};
use crate::http::table_file::{self, Cells, moment, typed};
use crate::http::words::{self, When};
use crate::ingestion::category::Category;
use crate::ingestion::samples::{self, Sample};
use crate::ingestion::verdict::Standing;
use crate::kernel::id::SampleId;
use crate::pages::places::InProject;
use crate::pages::{frame, links};

const ROWS: usize = 50;
/// In characters.
const LONGEST_DEVICE: usize = 40;

#[derive(Template)]
#[template(path = "pages/projects/samples/list.html")]
struct DataPage {
    page: PageFrame,
    workspace: String,
    project: String,
    base: String,
    asked: Asked,
    categories: Vec<Choice>,
    verdicts: Vec<Choice>,
    rows: Vec<Row>,
    is_filtered: bool,
    newest: Option<String>,
    older: Option<String>,
    csv: String,
    looked_through: Option<String>,
}

struct Row {
    href: String,
    file_name: String,
    label: String,
    category: &'static str,
    device: String,
    badge: Option<(&'static str, &'static str)>,
    is_disabled: bool,
    size: String,
    at: When,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    category: String,
    label: String,
    verdict: String,
    device: String,
    before: String,
}

pub async fn show(inside: InProject, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked = asked.0;
    let wanted = wanted(&asked)?;
    let id = inside.project.id;
    let found = inside.read(move |db| samples::list(db, id, &wanted, samples::Effort::default())).await?;
    let base = links::project(inside.name(), &inside.project.slug);
    let filters = asked.filters();
    let with = |before: &str| links::project_data_where(&base, &[&filters[..], &[("before", before)]].concat());
    let page = DataPage {
        page: inside.project_tab("data", "Data", "What devices and tools sent in, and whether to believe it."),
        workspace: inside.name().to_owned(),
        project: inside.project.name.clone(),
        categories: categories(),
        verdicts: verdicts(),
        is_filtered: with("") != links::project_data(&base),
        newest: (!asked.before.is_empty()).then(|| with("")),
        older: found.next.map(|next| with(next.as_str())),
        looked_through: found.looked_through.map(looked_through),
        csv: links::csv(&links::project_data(&base), &filters),
        rows: found.samples.into_iter().map(|one| row(one, &inside, &base)).collect(),
        asked,
        base,
    };
    frame::html(StatusCode::OK, &page)
}

/// `GET /{workspace}/{project}/data.csv`: all samples that are like this, as a file.
pub async fn csv(inside: InProject, Query(asked): Query<Asked>) -> Result<HttpResponse, PageError> {
    let asked = Asked { before: String::new(), ..asked };
    let wanted = samples::Asked { most: table_file::ROWS, ..wanted(&asked)? };
    let (store, id) = (inside.store.clone(), inside.project.id);
    let read = move |before| {
        let (store, wanted) = (store.clone(), samples::Asked { before, ..wanted.clone() });
        async move {
            let found = store.read(move |db| samples::list(db, id, &wanted, samples::Effort::default())).await?;
            Ok((found.samples.iter().map(cells).collect(), found.next))
        }
    };
    let name = format!("samples-{}-{}", inside.name(), inside.project.slug);
    Ok(table_file::list(&name, inside.act.now, HEAD, read))
}

const HEAD: &[&str] = &[
    "id",
    "file_name",
    "label",
    "category",
    "signature",
    "diagnosis",
    "device_name",
    "device_type",
    "bytes",
    "metadata",
    "upload_source",
    "signed_at",
    "created_at",
    "disabled_at",
];

fn cells(one: &Sample) -> Cells {
    vec![
        one.number.to_string(),
        typed(&one.file_name),
        typed(&one.label),
        one.category.to_string(),
        one.verdict.to_string(),
        typed(&one.diagnosis),
        typed(&one.device_name),
        typed(&one.device_type),
        one.size.to_string(),
        typed(&one.metadata),
        typed(&one.upload_source),
        moment(one.signed_at),
        one.created_at.to_string(),
        moment(one.disabled_at),
    ]
}

impl Asked {
    fn filters(&self) -> [(&'static str, &str); 5] {
        [
            ("q", &self.q),
            ("category", &self.category),
            ("label", &self.label),
            ("verdict", &self.verdict),
            ("device", &self.device),
        ]
    }
}

fn looked_through(entries: usize) -> String {
    let entries = words::number(i64::try_from(entries).unwrap_or(i64::MAX));
    format!("Of the {entries} samples looked through these are like this. Older ones may be too.")
}

fn wanted(asked: &Asked) -> Result<samples::Asked, PageError> {
    let wrong = || PageError::BadRequest("the page cannot be told from its address");
    let before: Option<SampleId> = match asked.before.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| wrong())?),
    };
    Ok(samples::Asked {
        beginning: asked.q.trim().to_owned(),
        category: known(&asked.category).map_err(|()| wrong())?,
        label: asked.label.trim().to_owned(),
        verdict: known(&asked.verdict).map_err(|()| wrong())?,
        device: asked.device.trim().to_owned(),
        before,
        most: ROWS,
    })
}

fn known<T: std::str::FromStr>(word: &str) -> Result<Option<T>, ()> {
    if word.is_empty() { Ok(None) } else { word.parse().map(Some).map_err(|_| ()) }
}

fn categories() -> Vec<Choice> {
    let all = std::iter::once(Choice::new("", "All"));
    all.chain(Category::ALL.iter().map(|one| Choice::new(one.as_str(), category(*one)))).collect()
}

fn verdicts() -> Vec<Choice> {
    let all = std::iter::once(Choice::new("", "All"));
    all.chain(Standing::ALL.iter().map(|one| Choice::new(one.as_str(), verdict(*one)))).collect()
}

pub const fn category(category: Category) -> &'static str {
    match category {
        Category::Training => "Training",
        Category::Testing => "Testing",
        Category::Anomaly => "Anomaly",
    }
}

pub const fn verdict(verdict: Standing) -> &'static str {
    match verdict {
        Standing::Valid => "Signature valid",
        Standing::Invalid => "Signature invalid",
        Standing::None => "Not signed",
    }
}

/// Kind and words; a valid signature is the normal state.
pub const fn badge(standing: Standing) -> Option<(&'static str, &'static str)> {
    match standing {
        Standing::Valid => None,
        Standing::Invalid => Some(("danger", verdict(standing))),
        Standing::None => Some(("", verdict(standing))),
    }
}

fn row(one: Sample, inside: &InProject, base: &str) -> Row {
    let zone = words::zone(&inside.account.time_zone);
    Row {
        href: links::sample(base, one.id),
        category: category(one.category),
        badge: badge(one.verdict),
        is_disabled: one.disabled_at.is_some(),
        size: words::file_size(one.size),
        at: words::relative(one.created_at, inside.act.now, &zone),
        file_name: one.file_name,
        label: one.label,
        device: shortened(one.device_name),
    }
}

/// One device's long name must not push the other columns off the page; its own page has all of it.
fn shortened(name: String) -> String {
    if name.chars().count() <= LONGEST_DEVICE {
        return name;
    }
    name.chars().take(LONGEST_DEVICE - 1).chain(['…']).collect()
}
