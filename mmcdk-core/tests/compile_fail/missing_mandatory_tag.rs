use mmcdk_core::Tags;

struct Standard {
    owner: &'static str,
    cost_center: &'static str,
}

impl From<Standard> for Tags {
    fn from(Standard { owner, cost_center }: Standard) -> Self {
        Tags::from([("Owner", owner), ("CostCenter", cost_center)])
    }
}

fn main() {
    let _ = Tags::from(Standard { owner: "platform" });
}
