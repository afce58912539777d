//! The place of Khata's store on MongoDB. It is empty: there is nothing here to use yet.
