//! Rows and keys as statements take them: many at once, as one table whose columns are declared in one place.

use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A UUID.
    Id,
    /// An amount, a time, a count.
    Integer,
    /// Yes or no.
    Flag,
    /// A text.
    Text,
    /// A day.
    Day,
    /// A SHA-256.
    Hash,
}

/// A column of a set.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What it is called.
    pub name: &'static str,
    /// What it holds.
    pub sort: Sort,
    /// Whether it may hold nothing.
    pub optional: bool,
}

/// A value for a database; none is null.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// In a column of [`Sort::Id`].
    Id(Option<Uuid>),
    /// In a column of [`Sort::Integer`].
    Integer(Option<i64>),
    /// In a column of [`Sort::Flag`].
    Flag(Option<bool>),
    /// In a column of [`Sort::Text`].
    Text(Option<&'a str>),
    /// In a column of [`Sort::Day`].
    Day(Option<NaiveDate>),
    /// In a column of [`Sort::Hash`].
    Hash(Option<&'a [u8]>),
}

/// What fills one cell.
pub(crate) trait Scalar {
    const SORT: Sort;
    const OPTIONAL: bool;

    fn cell(&self) -> Cell<'_>;
}

macro_rules! scalars {
    ($($type:ty: $sort:ident = |$value:ident| $cell:expr;)+) => {$(
        impl Scalar for $type {
            const SORT: Sort = Sort::$sort;
            const OPTIONAL: bool = false;

            fn cell(&self) -> Cell<'_> {
                let $value = self;
                Cell::$sort($cell)
            }
        }

        impl Scalar for Option<$type> {
            const SORT: Sort = Sort::$sort;
            const OPTIONAL: bool = true;

            fn cell(&self) -> Cell<'_> {
                Cell::$sort(self.as_ref().and_then(|$value| $cell))
            }
        }
    )+};
}

scalars! {
    Uuid: Id = |id| Some(*id);
    i64: Integer = |integer| Some(*integer);
    bool: Flag = |flag| Some(*flag);
    String: Text = |text| Some(text.as_str());
    &str: Text = |text| Some(*text);
    NaiveDate: Day = |day| Some(*day);
    crate::row::Hash: Hash = |hash| Some(hash.as_slice());
}

/// What has columns: a value has one, a row those of its fields.
pub(crate) trait Columns {
    /// Which they are. A value's is called so, a row's are called as its fields.
    fn columns(name: &'static str) -> Vec<Column>;
}

/// What fills its columns.
pub(crate) trait Cells: Columns {
    /// What goes into them, in their order.
    fn cells<'a>(&'a self, cells: &mut Vec<Cell<'a>>);
}

impl<T: Scalar> Columns for T {
    fn columns(name: &'static str) -> Vec<Column> {
        vec![Column { name, sort: T::SORT, optional: T::OPTIONAL }]
    }
}

impl<T: Scalar> Cells for T {
    fn cells<'a>(&'a self, cells: &mut Vec<Cell<'a>>) {
        cells.push(self.cell());
    }
}

/// Where there is nothing.
impl Columns for () {
    fn columns(_: &'static str) -> Vec<Column> {
        Vec::new()
    }
}

impl Cells for () {
    fn cells<'a>(&'a self, _: &mut Vec<Cell<'a>>) {}
}

/// Declares a row: a struct whose fields are called as the columns are. This is the one list of them.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(<$life:lifetime>)? {
        $($(#[$attribute:meta])* $field_vis:vis $field:ident: $type:ty,)+
    }) => {
        $(#[$meta])*
        $vis struct $name $(<$life>)? {
            $($(#[$attribute])* $field_vis $field: $type,)+
        }

        impl $(<$life>)? $crate::set::Columns for $name $(<$life>)? {
            fn columns(_: &'static str) -> Vec<$crate::set::Column> {
                [$(<$type as $crate::set::Columns>::columns(stringify!($field))),+].concat()
            }
        }

        impl $(<$life>)? $crate::set::Cells for $name $(<$life>)? {
            fn cells<'cell>(&'cell self, cells: &mut Vec<$crate::set::Cell<'cell>>) {
                $($crate::set::Cells::cells(&self.$field, cells);)+
            }
        }
    };
}
