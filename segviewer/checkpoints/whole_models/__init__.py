"""Networks that are closed programs: TorchScript, torch.export and ONNX."""
