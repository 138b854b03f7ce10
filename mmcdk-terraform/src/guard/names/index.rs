//! An index of literal beginnings, so that a text is compared with thousands of names at once.

/// The beginnings of names, each with the numbers of what begins so. Case does not count.
#[derive(Debug)]
pub(super) struct Index {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// By the next byte, in lower case.
    next: Vec<(u8, u32)>,
    members: Vec<u32>,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds something that begins with that text, which is in lower case.
    pub(super) fn insert(&mut self, beginning: &str, member: usize) {
        let mut here = 0;
        for byte in beginning.bytes() {
            here = match self.after(here, byte) {
                Some(next) => next,
                None => {
                    let next = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[here].next.push((byte, next as u32));
                    next
                }
            };
        }
        self.nodes[here].members.push(member as u32);
    }

    /// Everything that a text begins with, the shortest first.
    pub(super) fn beginnings<'i>(&'i self, text: &'i [u8]) -> impl Iterator<Item = usize> + 'i {
        let mut bytes = text.iter();
        let nodes = std::iter::successors(Some(0), move |&here| {
            let byte = bytes.next()?;
            self.after(here, byte.to_ascii_lowercase())
        });
        nodes.flat_map(|node| self.nodes[node].members.iter().map(|&member| member as usize))
    }

    fn after(&self, node: usize, byte: u8) -> Option<usize> {
        self.nodes[node].next.iter().find(|(next, _)| *next == byte).map(|(_, node)| *node as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_found() {
        let mut index = Index::new();
        for (number, beginning) in ["mm-", "mm-dev-use1-", "", "mm-dev", "other", "mm-"].into_iter().enumerate() {
            index.insert(beginning, number);
        }
        let found = |text: &str| index.beginnings(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(found("MM-dev-use1-vpc"), [2, 0, 5, 3, 1]);
        assert_eq!(found("mm"), [2]);
        assert_eq!(found("other"), [2, 4]);
    }
}
