//! Small value types, valid by construction: each is made by parsing, and can't be wrong afterwards.

pub mod calendar;
pub mod gst;
pub mod id;
pub mod money;
pub mod number;
pub mod phone;
pub mod text;
pub mod upi;
