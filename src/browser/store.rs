//! Pending sign-ins in IndexedDB, and nothing else.

use alloc::string::String;

use js_sys::{Array, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransactionMode,
};

use super::convert;
use crate::core::input::StorageFailure;

const DATABASE: &str = "holdfast";
const VERSION: u32 = 1;
const STORE: &str = "transactions";
const EXPIRY: &str = "expiresAt";
const RECORD: &str = "record";

/// Stores `record` under `key`, and throws away what expired before `now` (seconds since 1970).
pub async fn put(
    key: String,
    record: Value,
    expires_at: u64,
    now: u64,
) -> Result<(), StorageFailure> {
    try_put(
        &key,
        &record,
        convert::number(expires_at),
        convert::number(now),
    )
    .await
    .map_err(|_| StorageFailure)
}

/// Takes the record of `key` out, in one transaction: of two who ask, one gets it.
pub async fn take(key: String) -> Result<Option<Value>, StorageFailure> {
    try_take(&key).await.map_err(|_| StorageFailure)
}

async fn try_put(key: &str, record: &Value, expires_at: f64, now: f64) -> Result<(), JsValue> {
    let database = Database::open().await?;
    let store = database.write()?;
    let expired = store
        .index(EXPIRY)?
        .get_all_keys_with_key(&IdbKeyRange::upper_bound(&now.into())?.into())?;
    for key in Array::from(&done(&expired).await?) {
        store.delete(&key)?;
    }
    let value = convert::object(&[
        (EXPIRY, expires_at.into()),
        (RECORD, convert::to_js(record)),
    ]);
    store.put_with_key(&value, &key.into())?;
    // The page leaves as soon as it is told, so the record has to be there for good.
    committed(&store).await
}

async fn try_take(key: &str) -> Result<Option<Value>, JsValue> {
    let database = Database::open().await?;
    let store = database.write()?;
    let value = done(&store.get(&key.into())?).await?;
    store.delete(&key.into())?;
    committed(&store).await?;
    if value.is_undefined() {
        return Ok(None);
    }
    Ok(convert::from_js(&Reflect::get(&value, &RECORD.into())?).ok())
}

/// An open database. Closed when dropped, so that it stands in nobody's way.
struct Database(IdbDatabase);

impl Database {
    async fn open() -> Result<Self, JsValue> {
        // Some browsers have no `indexedDB` in some modes, and some throw when it is looked at. Where
        // it is undefined, the call of `open` throws.
        let factory: IdbFactory =
            Reflect::get(&js_sys::global(), &"indexedDB".into())?.unchecked_into();
        let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, VERSION)?;
        let upgrading = request.clone();
        let upgrade = Closure::<dyn FnMut() -> Result<(), JsValue>>::new(move || {
            let database: IdbDatabase = upgrading.result()?.unchecked_into();
            let store = database.create_object_store(STORE)?;
            store.create_index_with_str(EXPIRY, EXPIRY)?;
            Ok(())
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        Ok(Self(done(&request).await?.unchecked_into()))
    }

    fn write(&self) -> Result<IdbObjectStore, JsValue> {
        self.0
            .transaction_with_str_and_mode(STORE, IdbTransactionMode::Readwrite)?
            .object_store(STORE)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The result of `request`.
async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
    JsFuture::from(settled(request, "onsuccess", "onerror")).await?;
    request.result()
}

/// Waits until everything that was asked of `store` is there for good.
async fn committed(store: &IdbObjectStore) -> Result<(), JsValue> {
    JsFuture::from(settled(&store.transaction(), "oncomplete", "onabort")).await?;
    Ok(())
}

/// Resolves with the event `success` of `target`, and is rejected with `failure`.
fn settled(target: &JsValue, success: &str, failure: &str) -> Promise {
    Promise::new(&mut |resolve, reject| {
        // INVARIANT: these are attributes of the target, which take any function.
        let _ = Reflect::set(target, &success.into(), &resolve);
        let _ = Reflect::set(target, &failure.into(), &reject);
    })
}
