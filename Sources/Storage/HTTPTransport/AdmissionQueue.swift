/// Lets only so many elements of each key be under way; the others wait in the order of arrival.
///
/// libcurl could keep requests waiting for a connection itself, but it would count their waiting as
/// time for connecting.
package struct AdmissionQueue<Element> {
    private struct Lane {
        let key: String
        var waiting: [Element] = []
        var underWay = 0
    }

    private let limitPerKey: Int
    /// There are as many as hosts, which are few.
    private var lanes: [Lane] = []

    /// An empty queue.
    package init(limitPerKey: Int) { self.limitPerKey = max(1, limitPerKey) }

    /// Appends an element to those that wait.
    package mutating func append(_ element: Element, key: String) {
        lanes[lane(key)].waiting.append(element)
    }

    /// Takes an element that may start; it is under way until `release`.
    package mutating func next() -> Element? {
        for index in lanes.indices {
            guard lanes[index].underWay < limitPerKey, !lanes[index].waiting.isEmpty else {
                continue
            }
            lanes[index].underWay += 1
            return lanes[index].waiting.removeFirst()
        }
        return nil
    }

    /// Says that an element of the key is no longer under way.
    package mutating func release(key: String) {
        let index = lane(key)
        lanes[index].underWay -= 1
        precondition(lanes[index].underWay >= 0, "released more often than started")
        if lanes[index].underWay == 0, lanes[index].waiting.isEmpty { lanes.remove(at: index) }
    }

    /// Takes all that wait, whether or not they may start; none is under way.
    package mutating func removeWaiting() -> [Element] {
        let waiting = lanes.flatMap(\.waiting)
        for index in lanes.indices { lanes[index].waiting = [] }
        lanes.removeAll { $0.underWay == 0 }
        return waiting
    }

    private mutating func lane(_ key: String) -> Int {
        if let index = lanes.firstIndex(where: { $0.key == key }) { return index }
        lanes.append(Lane(key: key))
        return lanes.count - 1
    }
}
