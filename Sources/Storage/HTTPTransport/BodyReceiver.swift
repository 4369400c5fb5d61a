/// What became of bytes of a body.
package enum BodyReceipt: Hashable, Sendable {
    /// They were taken.
    case taken
    /// Not all of them could be taken now.
    case later
    /// Nobody wants them; the transfer ends with `.cancelled`.
    case refused
}

/// Takes the body of an answer while it comes in.
///
/// The calls come on the thread that serves all requests, so they must be short and must not wait.
package protocol BodyReceiver: Sendable {
    /// Looks at the head of an answer, before the first byte of its body.
    /// - Returns: whether it takes the body; otherwise that becomes the response's.
    func begin(status: Int, fields: HTTPFields) -> Bool

    /// Takes the next bytes.
    /// - Parameter resume: to be called once after `.later`, from any thread: then bytes that begin
    ///   with the same byte are given again. The connection stands still meanwhile.
    func receive(
        _ bytes: UnsafeRawBufferPointer, resume: @escaping @Sendable () -> Void
    ) -> BodyReceipt
}
