//! The place of Khata's Python package. It is empty: there is nothing here to use yet.
