package import ObjectStore
package import SnapshotModel

extension RequestCounts {
    /// The requests of some traffic.
    package init(_ traffic: StoreTraffic) {
        self.init()
        put = traffic.puts
        get = traffic.gets
        head = traffic.heads
        list = traffic.lists
        delete = traffic.deletes
    }
}
