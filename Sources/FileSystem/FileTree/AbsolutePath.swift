/// Absolute paths as bytes, made of what a user typed.
package enum AbsolutePath {
    /// Puts a relative path behind a directory, and takes `.`, `..` and empty components out.
    ///
    /// `..` is taken out by text: what a symbolic link means is not looked at, as in shells.
    /// - Returns: a path that begins with `/` and does not end with one, but for `/` itself.
    package static func make(_ path: [UInt8], in directory: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        let whole = path.first == slash ? path : directory + [slash] + path
        var components: [ArraySlice<UInt8>] = []
        for component in whole.split(separator: slash) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else {
                components.append(component)
            }
        }
        return [slash] + Array(components.joined(separator: [slash]))
    }

    /// The last component; empty for `/`.
    package static func lastComponent(_ path: [UInt8]) -> [UInt8] {
        Array(path.split(separator: UInt8(ascii: "/")).last ?? [])
    }
}
