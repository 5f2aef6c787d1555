//! Laws that hold for every plan.

use proptest::prelude::*;
use tidegate_plan::Plan;
use tidegate_plan::document::check;
use tidegate_plan::markdown::{export, import};

use crate::plans::plan;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_made_here_fits_together_and_survives_the_wire(plan in plan()) {
        prop_assert_eq!(check(&plan), []);
        let wire = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<Plan>(&wire).unwrap(), plan);
    }

    #[test]
    fn exported_and_imported_it_is_the_same_plan(plan in plan()) {
        let written = export(&plan);
        let read = import(&written).unwrap();
        prop_assert_eq!(&read.plan, &plan, "{}", written);
        prop_assert_eq!(read.remarks, [], "{}", written);
    }

    #[test]
    fn what_is_exported_again_is_the_same_text(plan in plan()) {
        let written = export(&plan);
        prop_assert_eq!(export(&import(&written).unwrap().plan), written);
    }
}
