/// An element of a document, with what stands in it.
package struct XMLElement: Hashable, Sendable {
    /// Its name, without the prefix of a name space.
    package internal(set) var name: String
    /// The elements directly in it, in order.
    package internal(set) var children: [XMLElement] = []
    /// The characters directly in it.
    package internal(set) var text = ""

    init(name: String) { self.name = name }

    /// The first child of that name.
    package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The children of that name, in order.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first child of that name.
    package func text(_ name: String) -> String? { self[name]?.text }
}

/// A text that is not the XML that a server may send.
package struct XMLError: Error, Hashable, CustomStringConvertible {
    /// Where, in lines and columns from 1 and 0 on.
    package let line: UInt
    /// The column within the line.
    package let column: UInt
    /// What is wrong.
    package let reason: String

    package var description: String { "line \(line), column \(column): \(reason)" }
}
