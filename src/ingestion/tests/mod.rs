//! Documents as devices make them, as mistaken devices make them, and as nobody should.

mod broken;
mod mutations;
mod samples;
mod verdicts;
