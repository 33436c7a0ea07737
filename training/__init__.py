"""What runs inside the training job: data, features, model, backtest, MLflow logging, artifact."""
