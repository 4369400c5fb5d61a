import Synchronization

/// What a `TrafficMeter` has counted.
package struct StoreTraffic: Hashable, Sendable, CustomStringConvertible {
    /// PUT requests.
    package var puts: UInt64 = 0
    /// GET requests.
    package var gets: UInt64 = 0
    /// HEAD requests.
    package var heads: UInt64 = 0
    /// LIST requests.
    package var lists: UInt64 = 0
    /// DELETE requests.
    package var deletes: UInt64 = 0
    /// Bytes of the bodies of PUT requests.
    package var uploadedBytes: UInt64 = 0
    /// Bytes of the answers to GET requests.
    package var downloadedBytes: UInt64 = 0
    /// Requests that change the store and had no answer, or none of the store itself: they may
    /// take effect at any later time.
    package var unanswered: UInt64 = 0

    /// No traffic.
    package init() {}

    /// The requests by kind.
    package var description: String {
        "requests: \(puts) PUT, \(gets) GET, \(heads) HEAD, \(lists) LIST, \(deletes) DELETE"
    }
}

/// Counts requests, failed and repeated ones included, and the bytes of bodies.
package final class TrafficMeter: Sendable {
    private let counts = Mutex(StoreTraffic())

    /// Nothing counted.
    package init() {}

    /// What was counted so far.
    package var traffic: StoreTraffic { counts.withLock { $0 } }

    /// Counts one request.
    /// - Parameter uploadedBytes: the size of its body.
    package func count(_ operation: StoreError.Operation, uploadedBytes: Int = 0) {
        counts.withLock { counts in
            switch operation {
            case .put: counts.puts += 1
            case .get: counts.gets += 1
            case .head: counts.heads += 1
            case .list: counts.lists += 1
            case .delete: counts.deletes += 1
            }
            counts.uploadedBytes += UInt64(uploadedBytes)
        }
    }

    /// Counts a request that may take effect later, for nobody knows what became of it.
    package func countUnanswered() { counts.withLock { $0.unanswered += 1 } }

    /// Counts the bytes of an answer to a GET.
    package func count(downloadedBytes: Int) {
        counts.withLock { $0.downloadedBytes += UInt64(downloadedBytes) }
    }
}
