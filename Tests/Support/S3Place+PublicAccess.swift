import Cryptography
import HTTPTransport
import ObjectStore
import S3Store
import SnapshotModel

extension S3Place {
    /// Lets everybody do something with the bucket, by its policy.
    /// - Parameter actions: such as `s3:GetObject`.
    package func allowEverybody(_ actions: [String]) throws {
        let names = actions.map { "\"\($0)\"" }.joined(separator: ",")
        let policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},\
            "Action":[\(names)],"Resource":["arn:aws:s3:::\(bucket)","arn:aws:s3:::\(bucket)/*"]}]}
            """
        var call = S3Call(.put, .put, subject: "policy")
        call.query = [("policy", "")]
        call.body = [Array(policy.utf8)]
        call.payloadHash = call.body[0].withUnsafeBytes { SHA256.digest(of: $0) }.hexadecimal
        call.fields.append("content-type", "application/json")
        _ = try makeClient().perform(call)
    }

    /// Takes the bucket's policy away.
    package func removePolicy() throws {
        var call = S3Call(.delete, .delete, subject: "policy")
        call.query = [("policy", "")]
        _ = try makeClient().perform(call)
    }

    /// Sets the bucket's access list to one of the usual ones.
    /// - Parameter word: such as `public-read` or `private`.
    package func setAccessList(_ word: String) throws {
        var call = S3Call(.put, .put, subject: "acl")
        call.query = [("acl", "")]
        call.fields.append("x-amz-acl", word)
        _ = try makeClient().perform(call)
    }
}
