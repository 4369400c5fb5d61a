import Foundation

/// Seeds for `@Test(arguments:)`, which names the seed of the case that fails.
///
/// The environment variable `VARVE_TEST_SEED` replaces them by the one seed that it holds.
package func seeds(count: Int) -> [UInt64] {
    if let text = ProcessInfo.processInfo.environment["VARVE_TEST_SEED"] {
        guard let seed = UInt64(text) else { fatalError("VARVE_TEST_SEED is no number: \(text)") }
        return [seed]
    }
    return (1...UInt64(count)).map { $0 }
}
