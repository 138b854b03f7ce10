//! Address ranges that cannot be created while others are still there.

use std::collections::{BTreeMap, HashMap};

use ipnet::IpNet;
use serde_json::Value as Json;

use crate::plan::{Action, Change, Plan, ResourceChange};

use super::Guard;
use super::networks::BLOCKS;
use super::violation::{Found, Violation, ViolationKind};

/// The blocks of one kind in one VPC.
type Place = (&'static str, String);

/// What is there before the plan is applied.
#[derive(Clone, Copy)]
struct Old<'p> {
    change: &'p ResourceChange,
    goes: bool,
}

impl Guard {
    /// A new block that overlaps one which the plan destroys, or leaves: AWS rejects it as long as the old one is there,
    /// and Terraform puts only a resource and what replaces it in order.
    pub(super) fn check_overlaps(&self, plan: &Plan, found: &mut Found) {
        let mut old: HashMap<Place, BTreeMap<IpNet, Old<'_>>> = HashMap::new();
        let mut new = Vec::new();
        for change in &plan.resource_changes {
            let blocks = BLOCKS.iter().filter(|(terraform_type, _)| *terraform_type == change.terraform_type);
            let Change { action, before, after, .. } = &change.change;
            for (terraform_type, argument) in blocks {
                // What cannot be read is told elsewhere.
                let (before, after) = (before.value().unwrap_or_default(), after.value().unwrap_or_default());
                let stays = !change.change.destroys();
                let moves = stays && block(&before, argument) != block(&after, argument);
                if let Some((vpc, range)) = block(&before, argument) {
                    let held = old.entry((terraform_type, vpc)).or_default();
                    held.insert(range, Old { change, goes: !stays || moves });
                }
                let creates = matches!(action, Action::Create | Action::Replace { .. }) || moves;
                if let (true, Some((vpc, range))) = (creates, block(&after, argument)) {
                    new.push(((*terraform_type, vpc), *argument, range, change));
                }
            }
        }
        for (place, argument, range, change) in new {
            let Some(old) = old.get(&place).and_then(|held| overlapping(held, &range, change)) else { continue };
            found.add(overlap(change, argument, range, old));
        }
    }
}

/// The VPC and the range of a block; none of a VPC's own, which has no other beside it.
fn block(value: &Json, argument: &str) -> Option<(String, IpNet)> {
    let text = |name: &str| value.get(name).and_then(Json::as_str);
    Some((text("vpc_id")?.to_owned(), text(argument)?.parse().ok()?))
}

/// An old block that a new one cannot be created beside.
fn overlapping<'p>(
    held: &BTreeMap<IpNet, Old<'p>>,
    range: &IpNet,
    change: &ResourceChange,
) -> Option<(IpNet, Old<'p>)> {
    let is_in_the_way = |(range, old): (&IpNet, &Old<'p>)| {
        // What is destroyed before its own replacement is created is out of the way by then.
        let own =
            std::ptr::eq(old.change, change) && change.change.action != Action::Replace { create_before_destroy: true };
        (!own).then_some((*range, *old))
    };
    let wider = std::iter::successors(Some(*range), IpNet::supernet).filter_map(|wider| held.get_key_value(&wider));
    let mut narrower = held.range(range.trunc()..).take_while(|(held, _)| range.contains(&held.network()));
    wider.filter_map(is_in_the_way).next().or_else(|| narrower.find_map(is_in_the_way))
}

fn overlap(change: &ResourceChange, argument: &str, range: IpNet, (held, old): (IpNet, Old<'_>)) -> Violation {
    let address = old.change.shown_address();
    let (state, remedy) = match old.goes {
        true => (
            "which this plan destroys in no certain order",
            "migrate in two steps: merge the program without what is new here, so that the old range is free, then add it \
             again; or give it free addresses, move what uses the old ones, and take these away in a second merge",
        ),
        false => ("which stays", "give it addresses that are free"),
    };
    let found = if change.address == address {
        format!("{range} while {held} is still there")
    } else {
        format!("{range} overlaps {held} of {address}, {state}")
    };
    Violation::new(&change.shown_address(), ViolationKind::Overlap, argument, found)
        .expected("addresses that nothing else in the VPC has while the plan is applied")
        .remedy(remedy)
}
