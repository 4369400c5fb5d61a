/// Sends requests and returns answers.
package protocol RequestSender: Sendable {
    /// Sends one request and waits for its whole answer; from any number of threads at once.
    ///
    /// Nothing is sent twice and no redirect is followed: that is for the caller to decide. (Only
    /// where a kept connection turns out to have been closed before anything of an answer came, the
    /// request goes out once more on a new one.)
    /// - Returns: the answer, also of status 400 and above.
    /// - Throws: any code of `HTTPError`.
    func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse
}
