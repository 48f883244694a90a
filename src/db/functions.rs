//! Functions that both databases have and diesel does not name.

diesel::define_sql_function! {
    /// In small letters, as far as ASCII goes.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}
