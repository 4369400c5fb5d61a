import ObjectStore
import Testing

struct StoreErrorTests {
    @Test func errorsWithEqualCodesAreEqual() {
        let error = StoreError(.noSpace, .put, "a", cause: "write: No space left on device")
        #expect(error == StoreError(.noSpace, .get, "b", cause: ""))
        #expect(error != StoreError(.readOnly, .put, "a", cause: error.cause))
    }

    @Test func theDescriptionNamesOperationObjectAndCause() {
        let error = StoreError(.notFound, .get, "packs/00/1", cause: "not in memory")
        #expect("\(error)" == "GET packs/00/1: not in memory")
    }
}
