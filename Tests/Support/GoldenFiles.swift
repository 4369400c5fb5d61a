import Foundation

/// The bytes of a file in Tests/Golden, which `make-golden.py` there has made.
package func goldenFile(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Golden/\(name)")))
}
