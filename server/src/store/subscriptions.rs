//! Subscriptions as they were last described: table `subscription`.

use super::StoreError;
use super::batch::KnownSubscription;
use super::bulk::Bulk;
use sqlx::SqliteConnection;
use vigie_domain::uai::Uai;

const WRITE: Bulk = Bulk {
    head: "INSERT INTO subscription (id, uais, resource, fingerprint, deleted)",
    columns: 5,
    tail: "ON CONFLICT (id) DO UPDATE SET uais = excluded.uais, resource = excluded.resource,
           fingerprint = excluded.fingerprint, deleted = excluded.deleted",
};

/// Remembers subscriptions; of two descriptions of the same one, the last stays.
pub(super) async fn write_subscriptions(
    connection: &mut SqliteConnection,
    subscriptions: &[KnownSubscription],
) -> Result<(), StoreError> {
    WRITE
        .execute(connection, subscriptions, |statement, subscription| {
            let uais: Vec<_> = subscription.uais.iter().map(Uai::as_str).collect();
            statement
                .bind(&subscription.id)
                .bind(uais.join(" "))
                .bind(subscription.resource.as_deref())
                .bind(subscription.fingerprint.as_slice())
                .bind(subscription.deleted)
        })
        .await?;
    Ok(())
}

/// The subscription with this identifier.
pub(super) async fn find_subscription(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<KnownSubscription>, StoreError> {
    let row: Option<(String, Option<String>, Vec<u8>, bool)> =
        sqlx::query_as("SELECT uais, resource, fingerprint, deleted FROM subscription WHERE id = ?")
            .bind(id)
            .fetch_optional(connection)
            .await?;
    let Some((uais, resource, fingerprint, deleted)) = row else { return Ok(None) };
    let corrupt = || StoreError::Corrupt("un abonnement est illisible");
    let uais = uais.split_whitespace().map(Uai::parse).collect::<Result<_, _>>().map_err(|_| corrupt())?;
    let fingerprint = fingerprint.try_into().map_err(|_| corrupt())?;
    Ok(Some(KnownSubscription { id: id.to_owned(), uais, resource, fingerprint, deleted }))
}
