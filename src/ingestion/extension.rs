//! What kind of file it is, told by its name alone: the content type that clients send is unreliable.

use super::document::Encoding;

crate::text_enum! {
    pub enum Extension {
        Json = "json",
        Cbor = "cbor",
        Csv = "csv",
        Txt = "txt",
        Wav = "wav",
        Jpg = "jpg",
        Jpeg = "jpeg",
        Png = "png",
        Mp4 = "mp4",
        Avi = "avi",
        Parquet = "parquet",
    }
}

impl Extension {
    /// What follows the last dot, in either case; `None` for kinds that no project takes.
    pub fn of(file_name: &str) -> Option<Self> {
        let (_, extension) = file_name.rsplit_once('.')?;
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(extension))
    }

    /// Only documents carry a signature; of everything else there is nothing to read.
    pub fn encoding(self) -> Option<Encoding> {
        match self {
            Self::Json => Some(Encoding::Json),
            Self::Cbor => Some(Encoding::Cbor),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_dot_counts_and_case_does_not() {
        assert_eq!(Extension::of("idle.01.WAV"), Some(Extension::Wav));
        assert_eq!(Extension::of("a.json.png"), Some(Extension::Png));
        for other in ["json", "a.exe", "a.", "a.json ", "a.jsonx", "structured_labels.labels", ""] {
            assert_eq!(Extension::of(other), None, "{other}");
        }
    }
}
