//! Files that devices and tools send into projects: what they are called, what they claim, and whether to believe it.
//!
//! Rule: a verdict is about the bytes as they were sent. No file is written anew before it is judged, nothing is
//! allocated by a length that a file tells, and whatever comes in ends in a verdict or in a refusal in words.
//! Nothing here knows a form of request, and nothing here trusts a content type.
//!
//! How one file passes through, in this order:
//! 1. [`file_name::FileName::parse`] on the name as it came. A [`companion::of`] other files is no sample:
//!    what it says is kept with the samples it names.
//! 2. [`extension::Extension::of`] that name: what cannot be told from it is refused.
//! 3. While the file streams to its place, [`crate::crypto::content_hash`] takes its hash. What
//!    [`extension::Extension::encoding`] says is a document is read whole, at most [`document::LARGEST`] bytes.
//! 4. [`verdict::judge`] with the project's HMAC keys: the verdict, and what the document says of its device.
//! 5. [`admission::admit`] by the project's policy and replay window, or the refusal to answer with. The same content
//!    hash sent again is refused where the file is kept: signatures have one form only, so a replayed file hashes alike.
//! 6. [`label::of`] the header or the file name, and [`category::Category::of_content`] where the server splits.
//!
//! [`intake::Intake`] leads every file of a request along this way and keeps them together, as [`samples`].

pub mod admission;
mod arrival;
pub mod category;
pub mod companion;
pub mod document;
pub mod extension;
pub mod file_name;
pub mod intake;
pub mod label;
pub mod labels_within;
pub mod metadata;
pub mod pace;
pub mod samples;
pub mod verdict;

#[cfg(test)]
mod tests;
