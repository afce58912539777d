//! Where the demo's customers come from, and what people and shops are called there.

/// A state, and names in its script.
#[derive(Debug)]
pub(super) struct Region {
    /// The state.
    pub(super) state: &'static str,
    /// Its code in a GSTIN.
    pub(super) code: &'static str,
    /// How many of 100 customers come from there.
    pub(super) share: i64,
    /// Towns.
    pub(super) cities: &'static [&'static str],
    /// Given names.
    pub(super) given: &'static [&'static str],
    /// Family names.
    pub(super) family: &'static [&'static str],
    /// What a shop is called after the family's name.
    pub(super) shops: &'static [&'static str],
}

/// The state that the demo's shop lies in; trade within it bears CGST and SGST, with all others IGST.
pub(super) const HOME: &Region = &REGIONS[0];

/// Every region; the shares add up to 100.
pub(super) const REGIONS: [Region; 9] = [
    Region {
        state: "Maharashtra",
        code: "27",
        share: 36,
        cities: &["Pune", "Mumbai", "Nashik", "Kolhapur", "Satara", "Nagpur", "Solapur"],
        given: &["सुनील", "प्रिया", "गणेश", "स्मिता", "राजेंद्र", "वैशाली", "संतोष", "मीनाक्षी", "विठ्ठल", "ज्योती"],
        family: &["पाटील", "देशमुख", "कुलकर्णी", "जाधव", "शिंदे", "चव्हाण", "गायकवाड", "मोरे", "भोसले", "जोशी"],
        shops: &["वस्त्र भांडार", "साडी सेंटर", "क्लॉथ स्टोअर्स", "कलेक्शन"],
    },
    Region {
        state: "Uttar Pradesh",
        code: "09",
        share: 9,
        cities: &["Lucknow", "Kanpur", "Varanasi", "Agra"],
        given: &["रमेश", "सुनीता", "मनोज", "कविता", "दिनेश", "रेखा", "विजय", "पूजा", "अशोक", "सीमा"],
        family: &["शर्मा", "गुप्ता", "यादव", "मिश्रा", "वर्मा", "अग्रवाल", "तिवारी", "श्रीवास्तव"],
        shops: &["वस्त्रालय", "एंड संस", "साड़ी भंडार"],
    },
    Region {
        state: "Gujarat",
        code: "24",
        share: 12,
        cities: &["Surat", "Ahmedabad", "Vadodara", "Rajkot"],
        given: &["હાર્દિક", "ભાવના", "જીગ્નેશ", "હેતલ", "કિરીટ", "પારુલ", "મુકેશ", "દક્ષા", "ચિરાગ", "નીતા"],
        family: &["પટેલ", "શાહ", "મહેતા", "દેસાઈ", "જોષી", "ત્રિવેદી", "સોલંકી", "ચૌહાણ"],
        shops: &["ટેક્સટાઇલ્સ", "સાડી એમ્પોરિયમ", "ક્લોથ માર્ટ"],
    },
    Region {
        state: "Tamil Nadu",
        code: "33",
        share: 10,
        cities: &["Chennai", "Coimbatore", "Madurai", "Erode"],
        given: &["முருகன்", "லட்சுமி", "செந்தில்", "கவிதா", "கார்த்திக்", "மீனா", "சரவணன்", "தமிழ்செல்வி", "குமார்", "வள்ளி"],
        family: &["சுப்ரமணியன்", "ராமசாமி", "பழனிசாமி", "கிருஷ்ணன்", "நடராஜன்", "ஆறுமுகம்", "செல்வராஜ்"],
        shops: &["சில்க்ஸ்", "ஜவுளி ஸ்டோர்", "டெக்ஸ்டைல்ஸ்"],
    },
    Region {
        state: "West Bengal",
        code: "19",
        share: 9,
        cities: &["Kolkata", "Howrah", "Siliguri", "Asansol"],
        given: &["সুব্রত", "মৌসুমী", "অমিত", "শর্মিলা", "দেবাশিস", "রীতা", "প্রসেনজিৎ", "অনিন্দিতা", "তাপস", "সোমা"],
        family: &["চট্টোপাধ্যায়", "মুখার্জি", "ঘোষ", "দাস", "সেন", "বসু", "মণ্ডল", "রায়"],
        shops: &["বস্ত্রালয়", "শাড়ি ঘর", "টেক্সটাইল"],
    },
    Region {
        state: "Telangana",
        code: "36",
        share: 8,
        cities: &["Hyderabad", "Warangal", "Nizamabad", "Karimnagar"],
        given: &["వెంకటేశ్వర్లు", "లక్ష్మి", "శ్రీనివాస్", "పద్మ", "రవి", "సుజాత", "నాగేశ్వరరావు", "అనిత", "కృష్ణ", "రాధ"],
        family: &["రెడ్డి", "నాయుడు", "రావు", "చౌదరి", "శర్మ", "గౌడ్", "వర్మ", "యాదవ్"],
        shops: &["సిల్క్స్", "వస్త్రాలయం", "శారీస్"],
    },
    Region {
        state: "Jammu and Kashmir",
        code: "01",
        share: 6,
        cities: &["Srinagar", "Anantnag", "Baramulla", "Jammu"],
        given: &["عمران", "فاطمہ", "سلیم", "نسرین", "عبدالرحمٰن", "شبانہ", "اقبال", "رخسانہ"],
        family: &["خان", "انصاری", "صدیقی", "بٹ", "میر", "قریشی", "شیخ", "ڈار"],
        shops: &["کلاتھ ہاؤس", "شال ایمپوریم", "ٹیکسٹائلز"],
    },
    Region {
        state: "Karnataka",
        code: "29",
        share: 6,
        cities: &["Bengaluru", "Mysuru", "Hubballi", "Mangaluru"],
        given: &["Anand", "Deepa", "Prakash", "Shwetha", "Naveen", "Roshni", "Kiran", "Asha"],
        family: &["Gowda", "Shetty", "Rao", "D'Souza", "Hegde", "Nayak", "Kamath", "Pinto"],
        shops: &["Textiles", "Silk House", "& Sons"],
    },
    Region {
        state: "Kerala",
        code: "32",
        share: 4,
        cities: &["Kochi", "Kozhikode", "Thrissur", "Kottayam"],
        given: &["Thomas", "Mary", "Rajeev", "Sreeja", "Ashraf", "Anjali", "Biju", "Fathima"],
        family: &["Varghese", "Nair", "Menon", "Kurian", "Koya", "Pillai"],
        shops: &["Garments", "Wedding Centre", "Traders"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_customer_comes_from_somewhere() {
        assert_eq!(REGIONS.iter().map(|region| region.share).sum::<i64>(), 100);
    }

    #[test]
    fn the_names_are_in_seven_scripts() {
        let blocks = [0x41_u32, 0x900, 0x980, 0xa80, 0xb80, 0xc00, 0x600];
        for first in blocks {
            let block = first..first + 0x80;
            let inside = |name: &&str| name.chars().next().is_some_and(|c| block.contains(&u32::from(c)));
            assert!(REGIONS.iter().flat_map(|region| region.given).any(inside), "{first:x}");
        }
    }
}
