//! One rollout at a time; a second one waits or is refused; what was verified stays.

use super::*;
use crate::id::RolloutId;

fn id(bits: u64) -> RolloutId {
    RolloutId::from_bits(bits)
}

fn empty() -> Slot {
    Slot::empty(SlotId { environment: "production".parse().unwrap(), component: "api".parse().unwrap() })
}

fn after(commands: Vec<SlotCommand>) -> Slot {
    commands
        .into_iter()
        .fold(empty(), |slot, command| decide(&slot, command).unwrap().iter().fold(slot, evolve))
}

fn claim(bits: u64, supersede: bool) -> SlotCommand {
    SlotCommand::Claim { rollout: id(bits), supersede }
}

#[test]
fn a_second_rollout_is_refused_with_the_id_of_the_first() {
    let slot = after(vec![claim(1, false)]);
    let refused = decide(&slot, claim(2, false)).unwrap_err();
    assert!(refused.to_string().contains(&id(1).to_string()), "{refused}");
}

#[test]
fn one_that_supersedes_waits_and_then_holds() {
    let slot = after(vec![claim(1, false), claim(2, true)]);
    assert_eq!((slot.rollout.clone(), slot.next.clone()), (Some(id(1)), Some(id(2))));
    assert!(matches!(decide(&slot, claim(3, true)), Err(SlotRefusal::QueueTaken { .. })));
    let freed = decide(&slot, SlotCommand::Return { rollout: id(1) }).unwrap().iter().fold(slot, evolve);
    assert_eq!((freed.rollout, freed.next), (Some(id(2)), None));
}

#[test]
fn who_does_not_hold_it_cannot_promote_and_who_waits_can_leave() {
    let slot = after(vec![claim(1, false), claim(2, true), SlotCommand::Return { rollout: id(2) }]);
    assert_eq!((slot.rollout.clone(), slot.next.clone()), (Some(id(1)), None));
    assert_eq!(decide(&slot, SlotCommand::Return { rollout: id(9) }), Ok(Vec::new()));
    assert_eq!(effects(&slot, Steady(0)), None);
}
