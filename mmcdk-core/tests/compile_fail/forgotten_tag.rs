use mmcdk_core::Tags;

struct Standard {
    owner: &'static str,
    cost_center: &'static str,
}

impl From<Standard> for Tags {
    fn from(Standard { owner }: Standard) -> Self {
        Tags::from([("Owner", owner)])
    }
}

fn main() {
    let _ = Tags::from(Standard { owner: "platform", cost_center: "42" });
}
