/// A text that no message, log or debugger shows.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The text itself, for signing and for writing the configuration only.
    package let revealed: String

    /// Hides a text.
    package init(_ text: String) { revealed = text }

    /// Four asterisks, whatever the secret is.
    package var description: String { "****" }
    /// Four asterisks, whatever the secret is.
    package var debugDescription: String { description }
    /// Nothing: a reflection must not show it either.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
