//! What comes before what.

/// The level of each node: 0 where it depends on nothing, else one more than the highest that it depends on.
///
/// Where nodes depend on each other in a circle, the error is one such circle, beginning and ending with the same node.
pub(crate) fn levels(dependencies: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut dependents = vec![Vec::new(); dependencies.len()];
    for (node, needed) in dependencies.iter().enumerate() {
        needed.iter().for_each(|&needed| dependents[needed].push(node));
    }
    let mut open: Vec<usize> = dependencies.iter().map(Vec::len).collect();
    let mut levels = vec![0; dependencies.len()];
    let mut ready: Vec<usize> = (0..open.len()).filter(|&node| open[node] == 0).collect();
    while let Some(node) = ready.pop() {
        for &dependent in &dependents[node] {
            levels[dependent] = levels[dependent].max(levels[node] + 1);
            open[dependent] -= 1;
            if open[dependent] == 0 {
                ready.push(dependent);
            }
        }
    }
    match open.iter().position(|&open| open > 0) {
        None => Ok(levels),
        Some(stuck) => Err(circle(dependencies, &open, stuck)),
    }
}

/// A circle that one comes to from a node that is never ready: such a node depends on another such node.
fn circle(dependencies: &[Vec<usize>], open: &[usize], start: usize) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let here = path[path.len() - 1];
        let next = dependencies[here].iter().copied().find(|&next| open[next] > 0).expect("it waits for another one");
        if let Some(at) = path.iter().position(|&known| known == next) {
            path.drain(..at);
            path.push(next);
            return path;
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_one_above_what_it_needs() {
        assert_eq!(levels(&[vec![], vec![0], vec![0], vec![1, 0], vec![]]), Ok(vec![0, 1, 1, 2, 0]));
        assert_eq!(levels(&[vec![1], vec![2], vec![]]), Ok(vec![2, 1, 0]));
        assert_eq!(levels(&[]), Ok(vec![]));
    }

    #[test]
    fn a_circle_is_shown() {
        assert_eq!(levels(&[vec![1], vec![2], vec![1]]), Err(vec![1, 2, 1]));
        assert_eq!(levels(&[vec![0]]), Err(vec![0, 0]));
        assert_eq!(levels(&[vec![], vec![2, 0], vec![1]]), Err(vec![1, 2, 1]));
    }
}
