//! `…/data/{sample}/file`: the bytes as they came, to be kept and never shown: who sent them may have meant harm.

use std::io::{self, Read};

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset, ContentDisposition, ContentEncoding, DispositionParam,
    DispositionType, ExtendedValue,
};
use actix_web::web::Bytes;
use futures_util::stream;

use super::sample;
use crate::http::error::PageError;
use crate::ingestion::samples;
use crate::pages::blocking;
use crate::pages::places::InProject;

const PIECE: usize = 64 * 1024;

pub async fn show(inside: InProject) -> Result<HttpResponse, PageError> {
    let sample = sample::of(&inside).await?.sample;
    let (files, region, name) = (inside.site.files.clone(), inside.region, sample.file_name.clone());
    let length = u64::try_from(sample.size).unwrap_or_default();
    let opened = blocking::run(move || samples::open(&files, region, &sample)).await?;
    let opened = opened.map_err(|error| PageError::Internal(format!("a sample could not be read: {error}")))?;
    let file = opened.ok_or(PageError::NotFound)?;
    let pieces = stream::try_unfold(file, |mut file| async move {
        let read = actix_web::web::block(move || {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok::<_, io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(io::Error::other)??;
        Ok::<_, io::Error>((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox"))
        .insert_header(ContentEncoding::Identity)
        .insert_header(attachment(&name))
        .body(SizedStream::new(length, Box::pin(pieces))))
}

/// RFC 6266: a plain name for old programs, the whole one for all others.
pub fn attachment(name: &str) -> ContentDisposition {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' }).collect();
    let whole = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value: name.into() };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(plain), DispositionParam::FilenameExt(whole)],
    }
}
