//! Value types that are valid by construction: each is created by parsing, which rejects invalid input.

pub mod calendar;
pub mod email;
pub mod gst;
pub mod id;
pub mod money;
pub mod number;
pub mod phone;
pub mod tags;
pub mod text;
pub mod upi;
