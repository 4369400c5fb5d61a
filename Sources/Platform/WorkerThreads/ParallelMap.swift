import Synchronization

/// Calls `transform` for each element on several threads, for calls that mostly wait.
///
/// A single element is served on the calling thread. The first error ends the work: elements that
/// nobody has begun are left.
/// - Parameter threadCount: the most threads; at least one.
/// - Returns: the results in the order of the elements.
package func mapInParallel<Element: Sendable, Result: Sendable>(
    _ elements: [Element], threadCount: Int,
    _ transform: @escaping @Sendable (Element) throws -> Result
) throws -> [Result] {
    if elements.count <= 1 || threadCount <= 1 { return try elements.map(transform) }
    let next = Atomic(0)
    let results = Mutex([Result?](repeating: nil, count: elements.count))
    try withThreads { threads in
        for _ in 0..<min(threadCount, elements.count) {
            threads.spawn {
                while !threads.hasFailed {
                    let position = next.add(1, ordering: .relaxed).oldValue
                    if position >= elements.count { return }
                    let result = try transform(elements[position])
                    results.withLock { $0[position] = result }
                }
            }
        }
    }
    return results.withLock { results in
        results.map { result in
            // Without an error each position was taken, and filled, by some thread.
            guard let result else { preconditionFailure("an element without a result") }
            return result
        }
    }
}
