//! Which shops of a database a command is about.

use khata_core::id::OwnerId;
use khata_core::phone::MobileNumber;
use khata_core::store::{Head, Store, StoreError};
use khata_open::Place;

/// How many heads are read at once.
const PAGE: u32 = 500;

/// What `--shop` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// Every one.
    All,
    /// The one with that id.
    Id(OwnerId),
    /// The one whose owner has that mobile number.
    Mobile(MobileNumber),
}

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// There is no such shop.
    #[error("there is no such shop in {0}; check --shop and --database")]
    Unknown(Place),
    /// There is no shop at all.
    #[error("there is no shop in {0}; check --database")]
    Empty(Place),
    /// There are several, and one was meant.
    #[error("there are {0} shops; choose one with --shop and its id or its owner's mobile number")]
    Several(usize),
    /// The database fails.
    #[error("{place} can't be read")]
    Store {
        /// Where.
        place: Place,
        /// Why not.
        source: StoreError,
    },
}

impl Choice {
    /// Reads an id, a mobile number, or `all`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text == "all" {
            return Ok(Self::All);
        }
        let mobile = || MobileNumber::parse(text).map(Self::Mobile);
        OwnerId::parse(text)
            .map(Self::Id)
            .or_else(|_| mobile())
            .map_err(|_| "must be a shop's id, its owner's mobile number, such as 9876543210, or all")
    }

    /// The shops that are meant, as they stand; at least one.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) async fn of(&self, store: &dyn Store, place: &Place) -> Result<Vec<Head>, Error> {
        let failed = |source| match source {
            StoreError::NotFound => Error::Unknown(place.clone()),
            source => Error::Store { place: place.clone(), source },
        };
        let id = match self {
            Self::All => return all(store, place).await,
            Self::Id(id) => *id,
            Self::Mobile(mobile) => store.credentials_by_mobile(mobile).await.map_err(failed)?.owner,
        };
        Ok(vec![store.head(id).await.map_err(failed)?])
    }

    /// The one shop that is meant, as it stands.
    ///
    /// # Errors
    /// [`Error`].
    pub(super) async fn only(&self, store: &dyn Store, place: &Place) -> Result<Head, Error> {
        let mut heads = self.of(store, place).await?;
        match (heads.pop(), heads.len()) {
            (Some(head), 0) => Ok(head),
            (_, others) => Err(Error::Several(others + 1)),
        }
    }
}

async fn all(store: &dyn Store, place: &Place) -> Result<Vec<Head>, Error> {
    let mut heads: Vec<Head> = Vec::new();
    loop {
        let after = heads.last().map(|head| head.owner.id);
        let page = store.owners(after, PAGE).await;
        let page = page.map_err(|source| Error::Store { place: place.clone(), source })?;
        if page.is_empty() {
            break;
        }
        heads.extend(page);
    }
    if heads.is_empty() { Err(Error::Empty(place.clone())) } else { Ok(heads) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_is_named_by_its_id_or_its_owners_mobile_number() {
        let id = OwnerId::generate();
        assert_eq!(Choice::parse(&id.to_string()), Ok(Choice::Id(id)));
        let mobile = MobileNumber::parse("9876543210").unwrap();
        assert_eq!(Choice::parse("98765 43210"), Ok(Choice::Mobile(mobile)));
        assert_eq!(Choice::parse("all"), Ok(Choice::All));
        for text in ["", "any", "12", "0192"] {
            assert!(Choice::parse(text).is_err(), "{text}");
        }
    }
}
