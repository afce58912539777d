//! Columns of a table of customers.

use std::collections::BTreeMap;

use super::TableError;
use crate::record::choice;

choice! {
    /// A known column.
    pub enum Column: "invalid_column" {
        /// Name of the customer.
        Name = "name",
        /// Mobile number.
        MobileNumber = "mobileNumber",
        /// Name of the firm.
        FirmName = "firmName",
        /// City.
        City = "city",
        /// State.
        State = "state",
        /// GSTIN.
        GstNumber = "gstNumber",
        /// Opening balance.
        OpeningBalance = "openingBalance",
        /// Date of the opening balance.
        OpeningDate = "openingDate",
        /// Maximum amount that the customer may owe.
        CreditLimit = "creditLimit",
    }
}

impl Column {
    /// Returns other usual names of the column, in lower case and with letters and digits only.
    const fn synonyms(self) -> &'static [&'static str] {
        match self {
            Self::Name => {
                &["customer", "customername", "party", "partyname", "ledger", "ledgername", "contactname"]
            }
            Self::MobileNumber => &[
                "mobile",
                "mobileno",
                "phone",
                "phoneno",
                "phonenumber",
                "contact",
                "contactno",
                "contactnumber",
                "cell",
                "whatsapp",
                "whatsappnumber",
            ],
            Self::FirmName => {
                &["firm", "company", "companyname", "business", "businessname", "shop", "shopname"]
            }
            Self::City => &["town", "place"],
            Self::State => &["province", "statename"],
            Self::GstNumber => &["gst", "gstin", "gstno", "gstinuin", "gstinno", "taxid"],
            Self::OpeningBalance => {
                &["opening", "balance", "outstanding", "due", "dueamount", "closingbalance"]
            }
            Self::OpeningDate => &["asof", "asondate", "balancedate", "openingbalancedate"],
            Self::CreditLimit => &["limit"],
        }
    }

    fn is_called(self, header: &str) -> bool {
        let bare: String =
            header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        bare == self.as_str().to_lowercase() || self.synonyms().contains(&&*bare)
    }
}

/// The columns of a table, with their positions and headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    places: BTreeMap<Column, (usize, String)>,
    unused: Vec<String>,
}

impl Columns {
    /// Finds the columns in the headers of a table: the named ones, and the others by their usual names.
    pub(super) fn find(headers: &[&str], named: &[(Column, String)]) -> Result<Self, TableError> {
        let mut columns = Self::default();
        for (column, header) in named {
            let place = headers.iter().position(|there| there.trim() == header.trim());
            let place = place.ok_or_else(|| TableError::NoSuchHeader { header: header.clone() })?;
            columns.put(*column, place, header)?;
        }
        let taken: Vec<usize> = columns.places.values().map(|(place, _)| *place).collect();
        for (place, header) in headers.iter().enumerate().filter(|(place, _)| !taken.contains(place)) {
            let named = |column: &Column| named.iter().any(|(other, _)| other == column);
            let found = Column::ALL.iter().copied().find(|column| !named(column) && column.is_called(header));
            match found {
                Some(column) => columns.put(column, place, header)?,
                None => columns.unused.push((*header).to_owned()),
            }
        }
        if columns.places.contains_key(&Column::Name) {
            Ok(columns)
        } else {
            Err(TableError::Missing { column: Column::Name })
        }
    }

    fn put(&mut self, column: Column, place: usize, header: &str) -> Result<(), TableError> {
        match self.places.insert(column, (place, header.to_owned())) {
            None => Ok(()),
            Some((_, other)) => Err(TableError::Twice { column, headers: [other, header.to_owned()] }),
        }
    }

    /// Returns the header of a column.
    pub(super) fn of(&self, column: Column) -> String {
        self.places.get(&column).map_or_else(|| column.as_str().to_owned(), |(_, header)| header.clone())
    }

    /// Returns the columns that the table has, with their positions.
    pub(super) fn places(&self) -> impl Iterator<Item = (Column, usize)> {
        self.places.iter().map(|(column, (place, _))| (*column, *place))
    }

    /// Returns the headers of unknown columns.
    #[must_use]
    pub fn unused(&self) -> &[String] {
        &self.unused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(columns: &Columns, column: Column) -> Option<usize> {
        columns.places().find(|(there, _)| *there == column).map(|(_, place)| place)
    }

    #[test]
    fn columns_are_known_by_many_names() {
        let headers = ["Sr. No.", "Party Name", "Phone No.", "GSTIN/UIN", "Closing Balance"];
        let columns = Columns::find(&headers, &[]).unwrap();
        assert_eq!(named(&columns, Column::Name), Some(1));
        assert_eq!(named(&columns, Column::MobileNumber), Some(2));
        assert_eq!(named(&columns, Column::GstNumber), Some(3));
        assert_eq!(named(&columns, Column::OpeningBalance), Some(4));
        assert_eq!(columns.unused(), ["Sr. No."]);
    }

    #[test]
    fn a_column_that_was_named_goes_first() {
        let headers = ["name", "नाव", "mobile", "phone"];
        let map = [(Column::Name, "नाव".to_owned()), (Column::MobileNumber, "phone".to_owned())];
        let columns = Columns::find(&headers, &map).unwrap();
        assert_eq!(
            (named(&columns, Column::Name), named(&columns, Column::MobileNumber)),
            (Some(1), Some(3))
        );
        assert_eq!(columns.unused(), ["name", "mobile"]);
    }

    #[test]
    fn what_is_missing_or_there_twice_is_told() {
        let error =
            |headers: &[&str], map: &[(Column, String)]| Columns::find(headers, map).unwrap_err().to_string();
        assert!(error(&["phone"], &[]).contains("name"));
        assert!(error(&["name", "mobile", "phone"], &[]).contains("mobile and phone"));
        let map = [(Column::Name, "Party".to_owned())];
        assert!(error(&["name", "mobile"], &map).contains("Party"));
    }
}
