//! What names many things, asked or done for a part of them at a time.

/// How many things one statement names. SQLite takes 32,766 values, PostgreSQL 65,535; more at once gain nothing.
const AT_ONCE: usize = 500;

/// Asks for each part of `all` and gives the answers back as one, in the order of the parts.
pub fn in_parts<T, R, E>(all: &[T], mut ask: impl FnMut(&[T]) -> Result<Vec<R>, E>) -> Result<Vec<R>, E> {
    let mut answers = Vec::new();
    for part in all.chunks(AT_ONCE) {
        answers.append(&mut ask(part)?);
    }
    Ok(answers)
}

/// Changes each part of `all`; how many rows that were. Within a transaction, so that none is left out.
pub fn change_in_parts<T, E>(all: &[T], change: impl FnMut(&[T]) -> Result<usize, E>) -> Result<usize, E> {
    all.chunks(AT_ONCE).map(change).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_is_asked_for_once_and_few_of_them_together() {
        let all: Vec<usize> = (0..1_201).collect();
        let mut parts = Vec::new();
        let answers = in_parts(&all, |part| {
            parts.push(part.len());
            Ok::<_, ()>(part.to_vec())
        });
        assert_eq!((answers, parts), (Ok(all.clone()), vec![500, 500, 201]));
        assert_eq!(change_in_parts(&all, |part| Ok::<_, ()>(part.len())), Ok(1_201));
        assert_eq!(change_in_parts(&all, |part| if part.contains(&600) { Err(600) } else { Ok(0) }), Err(600));
        assert_eq!(in_parts(&[0; 0], |_| Err::<Vec<()>, _>("nothing was to be asked")), Ok(Vec::new()));
    }
}
