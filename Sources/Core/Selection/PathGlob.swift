/// A glob with what the slashes in it say: whether it is about folders only, and whether about
/// names or about paths.
struct PathGlob: Hashable, Sendable {
    private static let slash = UInt8(ascii: "/")

    /// Whether only directories match.
    let isForDirectories: Bool
    /// Whether it is compared with the path from some folder on, rather than with the name alone.
    let isAnchored: Bool
    let glob: Glob

    /// A glob.
    /// - Parameter text: a part of a pattern; the offsets of problems count from its array's start.
    init(_ text: ArraySlice<UInt8>) throws(PatternProblem) {
        let parts = Parts(text)
        guard !parts.body.isEmpty else {
            throw PatternProblem(
                offset: max(text.endIndex - 1, 0), reason: "the pattern is empty")
        }
        do {
            self.init(parts, try Glob(Array(parts.body)))
        } catch {
            throw PatternProblem(
                offset: parts.body.startIndex + error.offset, reason: error.reason)
        }
    }

    /// A glob that matches nothing when it makes no sense.
    init(lenient text: ArraySlice<UInt8>) {
        let parts = Parts(text)
        let glob: Glob
        do {
            glob = parts.body.isEmpty ? .never : try Glob(Array(parts.body))
        } catch {
            glob = .never
        }
        self.init(parts, glob)
    }

    private init(_ parts: Parts, _ glob: Glob) {
        isForDirectories = parts.isForDirectories
        isAnchored = parts.isAnchored
        self.glob = glob
    }

    /// Whether an entry matches.
    /// - Parameters:
    ///   - path: from the folder on in which an anchored glob begins; not empty.
    ///   - nameStart: where its last component begins.
    func matches(
        _ path: UnsafeRawBufferPointer, nameStart: Int, isDirectory: Bool
    ) -> Bool {
        if isForDirectories, !isDirectory { return false }
        return glob.matches(
            isAnchored ? path : UnsafeRawBufferPointer(rebasing: path[nameStart...]))
    }

    /// The signs around a glob, and what is left without them.
    private struct Parts {
        var body: ArraySlice<UInt8>
        var isForDirectories = false
        var isAnchored = false

        init(_ text: ArraySlice<UInt8>) {
            body = text
            if body.last == PathGlob.slash {
                isForDirectories = true
                body = body.dropLast()
            }
            isAnchored = body.contains(PathGlob.slash)
            if body.first == PathGlob.slash { body = body.dropFirst() }
        }
    }
}
