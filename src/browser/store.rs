//! Pending sign-ins in IndexedDB, and nothing else.

use alloc::string::String;

use js_sys::{Function, Object, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction,
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
pub async fn put(key: String, record: Value, expires_at: u64, now: u64) -> Result<(), StorageFailure> {
    try_put(&key, &record, expires_at as f64, now as f64).await.map_err(|_| StorageFailure)
}

/// Takes the record of `key` out, in one transaction: of two who ask, one gets it.
pub async fn take(key: String) -> Result<Option<Value>, StorageFailure> {
    try_take(&key).await.map_err(|_| StorageFailure)
}

async fn try_put(key: &str, record: &Value, expires_at: f64, now: f64) -> Result<(), JsValue> {
    let database = Database::open().await?;
    let (transaction, store) = database.write()?;
    let expired = store.index(EXPIRY)?.get_all_keys_with_key(&IdbKeyRange::upper_bound(&now.into())?.into())?;
    for key in js_sys::Array::from(&done(&expired).await?) {
        store.delete(&key)?;
    }
    let value = Object::new();
    Reflect::set(&value, &EXPIRY.into(), &expires_at.into())?;
    Reflect::set(&value, &RECORD.into(), &convert::to_js(record))?;
    store.put_with_key(&value, &key.into())?;
    // The page leaves as soon as it is told, so the record has to be there for good.
    committed(&transaction).await
}

async fn try_take(key: &str) -> Result<Option<Value>, JsValue> {
    let database = Database::open().await?;
    let (transaction, store) = database.write()?;
    let value = done(&store.get(&key.into())?).await?;
    store.delete(&key.into())?;
    committed(&transaction).await?;
    if value.is_undefined() {
        return Ok(None);
    }
    Ok(convert::from_js(&Reflect::get(&value, &RECORD.into())?).ok())
}

/// An open database. Closed when dropped, so that it stands in nobody's way.
struct Database(IdbDatabase);

impl Database {
    async fn open() -> Result<Self, JsValue> {
        // Some browsers have no `indexedDB` in some modes, and some throw when it is looked at.
        let factory: IdbFactory = Reflect::get(&js_sys::global(), &"indexedDB".into())?.dyn_into()?;
        let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, VERSION)?;
        let upgrading = request.clone();
        let upgrade = Closure::once_into_js(move || -> Result<(), JsValue> {
            let database: IdbDatabase = upgrading.result()?.dyn_into()?;
            let store = database.create_object_store(STORE)?;
            store.create_index_with_str(EXPIRY, EXPIRY)?;
            Ok(())
        });
        request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        Ok(Self(done(&request).await?.dyn_into()?))
    }

    fn write(&self) -> Result<(IdbTransaction, IdbObjectStore), JsValue> {
        let transaction = self.0.transaction_with_str_and_mode(STORE, IdbTransactionMode::Readwrite)?;
        let store = transaction.object_store(STORE)?;
        Ok((transaction, store))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The result of `request`.
async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
    settled(|resolve, reject| {
        request.set_onsuccess(Some(resolve));
        request.set_onerror(Some(reject));
    })
    .await?;
    request.result()
}

async fn committed(transaction: &IdbTransaction) -> Result<(), JsValue> {
    settled(|resolve, reject| {
        transaction.set_oncomplete(Some(resolve));
        transaction.set_onabort(Some(reject));
    })
    .await
}

async fn settled(listen: impl FnOnce(&Function, &Function)) -> Result<(), JsValue> {
    let mut listen = Some(listen);
    let promise = Promise::new(&mut |resolve, reject| {
        if let Some(listen) = listen.take() {
            listen(&resolve, &reject);
        }
    });
    JsFuture::from(promise).await.map(|_| ())
}
