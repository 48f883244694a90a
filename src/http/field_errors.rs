//! What is wrong with a form, field by field, in the order of the page.
//!
//! Rule: texts are sentences for the person; they never repeat what was typed.

/// Said of a form that was carried through signing in or confirming; `nothing` tells what did not happen yet.
pub fn as_left(nothing: &str) -> String {
    format!("This is how you left the page. {nothing}")
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's id; empty when the form as a whole is meant.
    pub field: &'static str,
    /// What the page calls the field.
    pub label: &'static str,
    pub text: String,
}

impl FieldErrors {
    pub fn new() -> Self {
        Self::default()
    }

    /// One error, for forms that stop at the first.
    pub fn one(field: &'static str, label: &'static str, text: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.add(field, label, text);
        errors
    }

    /// Something is wrong that no single field can mend.
    pub fn whole(text: impl Into<String>) -> Self {
        Self::one("", "", text)
    }

    pub fn add(&mut self, field: &'static str, label: &'static str, text: impl Into<String>) {
        self.0.push(FieldError { field, label, text: text.into() });
    }

    /// Keeps a checked value, or notes what is wrong with it.
    pub fn keep<T>(
        &mut self,
        field: &'static str,
        label: &'static str,
        checked: Result<T, impl ToString>,
    ) -> Option<T> {
        checked.map_err(|error| self.add(field, label, error.to_string())).ok()
    }

    /// What to say at this field; empty when nothing.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|error| error.field == field).map_or("", |error| &error.text)
    }

    /// The kind of input for a day. One in error is drawn as text, because a date field would drop what was typed.
    pub fn kind_of_date(&self, field: &str) -> &'static str {
        if self.of(field).is_empty() { "date" } else { "text" }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn list(&self) -> &[FieldError] {
        &self.0
    }

    /// `Nothing was saved: two answers need a change`
    pub fn heading(&self) -> String {
        const NUMBERS: [&str; 9] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
        match self.0.len() {
            0 => String::new(),
            1 if self.0.iter().any(|error| error.field.is_empty()) => "That did not work".to_owned(),
            1 => "One answer needs a change".to_owned(),
            n => {
                let number = NUMBERS.get(n - 1).map_or_else(|| n.to_string(), ToString::to_string);
                format!("{}{} answers need a change", number[..1].to_uppercase(), &number[1..])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_of_a_field_stands_beside_it_and_all_stand_in_the_summary() {
        let mut errors = FieldErrors::new();
        assert_eq!(errors.keep("bio", "Bio", Err::<(), _>("Too short.")), None);
        assert_eq!(errors.keep("name", "Name", Ok::<_, &str>(7)), Some(7));
        errors.add("bio", "Bio", "Too dull.");
        assert_eq!(errors.of("bio"), "Too short.");
        assert_eq!(errors.of("name"), "");
        assert_eq!(errors.list().len(), 2);
        assert_eq!(errors.heading(), "Two answers need a change");
        assert_eq!(FieldErrors::whole("Try again.").heading(), "That did not work");
    }
}
