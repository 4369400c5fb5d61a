import DirectoryStore
import FileTree
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import S3Diagnosis
import SnapshotModel

/// A store with what a command needs besides its objects.
struct OpenStore {
    /// The objects.
    let objects: any ObjectStore
    /// Counts the requests.
    let meter: TrafficMeter
    /// The bucket; `nil` for a directory.
    let bucket: OpenBucket?
    /// The directory; `nil` for a bucket.
    let directory: DirectoryStore?

    init(directory path: [UInt8]) {
        let store = DirectoryStore(path: path)
        meter = TrafficMeter()
        objects = MeteredStore(store, meter)
        directory = store
        bucket = nil
    }

    init(bucket: OpenBucket, _ meter: TrafficMeter) {
        self.meter = meter
        objects = bucket.store
        self.bucket = bucket
        directory = nil
    }

    /// Warns, loudly, when strangers can read the bucket.
    func warnIfPublic(_ console: Console) {
        guard let bucket else { return }
        let probe = PublicAccessProbe(bucket.client, root: bucket.root)
        let verdict = probe.run(object: ObjectNames.description)
        if verdict.ways.isEmpty { return }
        console.warning(verdict.step.finding)
        console.warning("this repository is not encrypted; \(verdict.step.remedy)")
    }

    /// Leaves nothing behind that only this run needed; what cannot be removed is only told.
    func tidyUp(_ console: Console) {
        guard let directory else { return }
        do {
            try directory.removeLeftovers(nowInSeconds: Machine.now().seconds)
        } catch {
            console.warning("cannot remove old temporary files: \(error)")
        }
    }
}

/// A repository with its store.
struct OpenRepository {
    let repository: Repository
    let store: OpenStore
}
