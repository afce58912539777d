//! As much of BSON as it takes to tell a MongoDB server what it is, see <https://bsonspec.org/spec.html>.

/// A document, in the order in which its fields were added.
#[derive(Debug, Default)]
pub(crate) struct Document {
    elements: Vec<u8>,
}

impl Document {
    pub(crate) fn int(self, name: &str, value: i32) -> Self {
        self.element(0x10, name, &value.to_le_bytes())
    }

    pub(crate) fn boolean(self, name: &str, value: bool) -> Self {
        self.element(0x08, name, &[value.into()])
    }

    pub(crate) fn double(self, name: &str, value: f64) -> Self {
        self.element(0x01, name, &value.to_le_bytes())
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        let terminated = [value.as_bytes(), &[0]].concat();
        self.element(0x02, name, &[&length(terminated.len()), &terminated[..]].concat())
    }

    pub(crate) fn document(self, name: &str, value: &Self) -> Self {
        self.element(0x03, name, &value.bytes())
    }

    /// An array of one document.
    pub(crate) fn array_of(self, name: &str, value: &Self) -> Self {
        self.element(0x04, name, &Self::default().document("0", value).bytes())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        const LENGTH_AND_END: usize = 5;
        [&length(self.elements.len() + LENGTH_AND_END), &self.elements[..], &[0]].concat()
    }

    /// Whether these bytes of a document have all the fields of this one side by side. An element says its type, name
    /// and value, so that nothing needs to be taken apart.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        bytes.windows(self.elements.len()).any(|part| part == self.elements)
    }

    fn element(mut self, kind: u8, name: &str, value: &[u8]) -> Self {
        self.elements.push(kind);
        self.elements.extend_from_slice(name.as_bytes());
        self.elements.push(0);
        self.elements.extend_from_slice(value);
        self
    }
}

fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).expect("a document of ours is short").to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_first_example() {
        let document = Document::default().text("hello", "world");
        assert_eq!(document.bytes(), b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0");
    }

    #[test]
    fn each_type_is_marked() {
        let document = Document::default().int("i", 258).boolean("b", true).double("d", 1.0);
        assert_eq!(
            document.bytes(),
            b"\x1b\0\0\0\x10i\0\x02\x01\0\0\x08b\0\x01\x01d\0\0\0\0\0\0\0\xf0\x3f\0"
        );
    }

    #[test]
    fn an_array_is_a_document_of_its_indexes() {
        let member = Document::default().int("_id", 0);
        let document = Document::default().array_of("members", &member);
        let nested = b"\x04members\0\x16\0\0\0\x030\0\x0e\0\0\0\x10_id\0\0\0\0\0\0\0";
        assert_eq!(document.bytes(), [&[0x24, 0, 0, 0], &nested[..], &[0]].concat());
    }

    #[test]
    fn a_field_is_seen_among_others() {
        let reply = Document::default().text("me", "ok").boolean("primary", false).double("ok", 1.0).bytes();
        assert!(Document::default().double("ok", 1.0).is_in(&reply));
        assert!(!Document::default().boolean("primary", true).is_in(&reply));
        assert!(!Document::default().int("ok", 1).is_in(&reply));
    }
}
