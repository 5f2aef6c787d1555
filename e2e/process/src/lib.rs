//! What the tests of whole processes share: a real Tidegate, real services, visitors who count.
